using System.Buffers.Binary;
using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>x87 and vector state between a record (the layout of FXSAVE64) and <see cref="ProcessorState"/>.</summary>
internal static class FloatingState
{
    internal static void Load(ReadOnlySpan<byte> record, ref ProcessorState state)
    {
        state.FpuControl = BinaryPrimitives.ReadUInt16LittleEndian(record[CaseLayout.Fcw..]);
        state.FpuStatus = BinaryPrimitives.ReadUInt16LittleEndian(record[CaseLayout.Fsw..]);
        state.FpuTags = record[CaseLayout.Ftw];
        state.FpuOpcode = BinaryPrimitives.ReadUInt16LittleEndian(record[CaseLayout.Fop..]);
        state.FpuInstruction = BinaryPrimitives.ReadUInt64LittleEndian(record[CaseLayout.Fip..]);
        state.FpuData = BinaryPrimitives.ReadUInt64LittleEndian(record[CaseLayout.Fdp..]);
        state.Mxcsr = BinaryPrimitives.ReadUInt32LittleEndian(record[CaseLayout.Mxcsr..]);
        int top = (state.FpuStatus >> 11) & 7;
        for (int i = 0; i < 8; i++)
        {
            state.FloatingPoint[(top + i) & 7] = new FloatingPointRegister
            {
                Significand = BinaryPrimitives.ReadUInt64LittleEndian(record[(CaseLayout.St + (i * 16))..]),
                SignExponent = BinaryPrimitives.ReadUInt16LittleEndian(record[(CaseLayout.St + (i * 16) + 8)..]),
            };
        }

        for (int i = 0; i < 16; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                int offset = (i * 16) + (half * 8);
                state.Vector[(i * 4) + half] = BinaryPrimitives.ReadUInt64LittleEndian(record[(CaseLayout.Xmm + offset)..]);
                state.Vector[(i * 4) + half + 2] = BinaryPrimitives.ReadUInt64LittleEndian(record[(CaseLayout.High + offset)..]);
            }
        }
    }

    internal static void Store(in ProcessorState state, Span<byte> record)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Fcw..], state.FpuControl);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Fsw..], state.FpuStatus);
        record[CaseLayout.Ftw] = state.FpuTags;
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Fop..], state.FpuOpcode);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Fip..], state.FpuInstruction);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Fdp..], state.FpuData);
        BinaryPrimitives.WriteUInt32LittleEndian(record[CaseLayout.Mxcsr..], state.Mxcsr);
        int top = (state.FpuStatus >> 11) & 7;
        for (int i = 0; i < 8; i++)
        {
            FloatingPointRegister value = state.FloatingPoint[(top + i) & 7];
            BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.St + (i * 16))..], value.Significand);
            BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.St + (i * 16) + 8)..], value.SignExponent);
        }

        for (int i = 0; i < 16; i++)
        {
            for (int half = 0; half < 2; half++)
            {
                int offset = (i * 16) + (half * 8);
                BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.Xmm + offset)..], state.Vector[(i * 4) + half]);
                BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.High + offset)..], state.Vector[(i * 4) + half + 2]);
            }
        }
    }
}
