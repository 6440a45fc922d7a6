namespace Hull.Machine.State;

/// <summary>A processor's state as bytes: every field in the order of the struct, whatever its layout in memory.</summary>
public static class ProcessorStateFormat
{
    private const ProcessorSignals Lasting =
        ProcessorSignals.Interrupt | ProcessorSignals.Nmi | ProcessorSignals.SecondNmi | ProcessorSignals.Init
        | ProcessorSignals.Startup;

    /// <summary>Writes one processor.</summary>
    public static void Write(StateWriter writer, in ProcessorState state)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (ulong register in state.General)
        {
            writer.U64(register);
        }

        writer.U64(state.Rip);
        writer.U64(state.Rflags);
        ReadOnlySpan<SegmentState> segments =
            [state.Es, state.Cs, state.Ss, state.Ds, state.Fs, state.Gs, state.Ldtr, state.Tr];
        foreach (SegmentState segment in segments)
        {
            writer.U64(segment.Base);
            writer.U32(segment.Limit);
            writer.U16(segment.Selector);
            writer.U16(segment.Attributes);
        }

        writer.U64(state.Gdtr.Base);
        writer.U16(state.Gdtr.Limit);
        writer.U64(state.Idtr.Base);
        writer.U16(state.Idtr.Limit);
        ReadOnlySpan<ulong> registers =
        [
            state.Cr0, state.Cr2, state.Cr3, state.Cr4, state.Efer, state.Xcr0,
            state.Dr0, state.Dr1, state.Dr2, state.Dr3, state.Dr6, state.Dr7,
            state.Star, state.Lstar, state.Cstar, state.Fmask, state.KernelGsBase,
            state.SysenterCs, state.SysenterEsp, state.SysenterEip,
            state.Pat, state.TscAux, state.MiscEnable, state.SpecCtrl, state.TscOffset,
        ];
        foreach (ulong register in registers)
        {
            writer.U64(register);
        }

        WriteVectors(writer, in state);
        writer.U8((byte)state.Activity);
        writer.U8(state.InterruptShadow);
        writer.Flag(state.NmiBlocked);
        writer.U8((byte)(state.Pending & Lasting));
        writer.U8(state.StartupVector);
        writer.U8(state.AcknowledgedVector);
    }

    /// <summary>Reads one processor.</summary>
    /// <exception cref="HullException">The bytes are no processor.</exception>
    public static ProcessorState Read(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ProcessorState state = default;
        for (int i = 0; i < 16; i++)
        {
            state.General[i] = reader.U64();
        }

        state.Rip = reader.U64();
        state.Rflags = reader.U64();
        (state.Es, state.Cs, state.Ss, state.Ds) = (Segment(reader), Segment(reader), Segment(reader), Segment(reader));
        (state.Fs, state.Gs, state.Ldtr, state.Tr) = (Segment(reader), Segment(reader), Segment(reader), Segment(reader));
        state.Gdtr = new TableState { Base = reader.U64(), Limit = reader.U16() };
        state.Idtr = new TableState { Base = reader.U64(), Limit = reader.U16() };
        (state.Cr0, state.Cr2, state.Cr3, state.Cr4) = (reader.U64(), reader.U64(), reader.U64(), reader.U64());
        (state.Efer, state.Xcr0) = (reader.U64(), reader.U64());
        (state.Dr0, state.Dr1, state.Dr2, state.Dr3) = (reader.U64(), reader.U64(), reader.U64(), reader.U64());
        (state.Dr6, state.Dr7) = (reader.U64(), reader.U64());
        (state.Star, state.Lstar, state.Cstar, state.Fmask) = (reader.U64(), reader.U64(), reader.U64(), reader.U64());
        state.KernelGsBase = reader.U64();
        (state.SysenterCs, state.SysenterEsp, state.SysenterEip) = (reader.U64(), reader.U64(), reader.U64());
        (state.Pat, state.TscAux, state.MiscEnable) = (reader.U64(), reader.U64(), reader.U64());
        (state.SpecCtrl, state.TscOffset) = (reader.U64(), reader.U64());
        ReadVectors(reader, ref state);
        byte activity = reader.U8();
        state.Activity = activity <= (byte)ActivityState.WaitForStartup ? (ActivityState)activity : throw reader.Damaged();
        state.InterruptShadow = (byte)(reader.U8() & 3);
        state.NmiBlocked = reader.Flag();
        state.Pending = (ProcessorSignals)reader.U8() & Lasting;
        state.StartupVector = reader.U8();
        state.AcknowledgedVector = reader.U8();
        return state;
    }

    private static SegmentState Segment(StateReader reader) => new()
    {
        Base = reader.U64(),
        Limit = reader.U32(),
        Selector = reader.U16(),
        Attributes = reader.U16(),
    };

    private static void WriteVectors(StateWriter writer, in ProcessorState state)
    {
        foreach (FloatingPointRegister register in state.FloatingPoint)
        {
            writer.U64(register.Significand);
            writer.U16(register.SignExponent);
        }

        writer.U16(state.FpuControl);
        writer.U16(state.FpuStatus);
        writer.U8(state.FpuTags);
        writer.U16(state.FpuOpcode);
        writer.U64(state.FpuInstruction);
        writer.U64(state.FpuData);
        foreach (ulong word in state.Vector)
        {
            writer.U64(word);
        }

        writer.U32(state.Mxcsr);
    }

    private static void ReadVectors(StateReader reader, ref ProcessorState state)
    {
        for (int i = 0; i < 8; i++)
        {
            state.FloatingPoint[i] = new FloatingPointRegister { Significand = reader.U64(), SignExponent = reader.U16() };
        }

        state.FpuControl = reader.U16();
        state.FpuStatus = reader.U16();
        state.FpuTags = reader.U8();
        state.FpuOpcode = reader.U16();
        state.FpuInstruction = reader.U64();
        state.FpuData = reader.U64();
        for (int i = 0; i < 64; i++)
        {
            state.Vector[i] = reader.U64();
        }

        state.Mxcsr = reader.U32();
    }
}
