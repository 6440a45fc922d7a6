using System.Buffers.Binary;

namespace Hull.Testing.Seccomp;

/// <summary>Runs classic BPF the way the kernel's filter does: the reference for what a program decides.</summary>
internal static class BpfMachine
{
    internal const uint X64 = 0xC000003E;
    internal const uint X86 = 0x40000003;
    internal const uint Arm64 = 0xC00000B7;

    /// <summary>Packs struct seccomp_data.</summary>
    internal static byte[] Data(uint number, uint architecture, params ReadOnlySpan<ulong> arguments)
    {
        byte[] data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        for (int i = 0; i < arguments.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16 + (8 * i)), arguments[i]);
        }

        return data;
    }

    /// <summary>The program's return value for a call; fails on what the kernel's checker would refuse.</summary>
    internal static uint Run(ReadOnlySpan<byte> program, ReadOnlySpan<byte> data, out int steps)
    {
        uint a = 0;
        uint x = 0;
        steps = 0;
        Span<uint> scratch = stackalloc uint[16];
        for (int pc = 0; pc < program.Length / 8; pc++)
        {
            steps++;
            ReadOnlySpan<byte> instruction = program.Slice(pc * 8, 8);
            ushort code = BinaryPrimitives.ReadUInt16LittleEndian(instruction);
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (code)
            {
                case 0x20:
                    a = BinaryPrimitives.ReadUInt32LittleEndian(data[(int)k..]);
                    break;
                case 0x02:
                    scratch[(int)k] = a;
                    break;
                case 0x60:
                    a = scratch[(int)k];
                    break;
                case 0x54:
                    a &= k;
                    break;
                case 0x07:
                    x = a;
                    break;
                case 0x87:
                    a = x;
                    break;
                case 0x05:
                    pc = checked(pc + (int)k);
                    break;
                case 0x15:
                    pc += a == k ? instruction[2] : instruction[3];
                    break;
                case 0x25:
                    pc += a > k ? instruction[2] : instruction[3];
                    break;
                case 0x35:
                    pc += a >= k ? instruction[2] : instruction[3];
                    break;
                case 0x06:
                    return k;
                default:
                    throw new InvalidOperationException($"The program has the unknown instruction 0x{code:x} at {pc}.");
            }
        }

        throw new InvalidOperationException("The program runs past its end.");
    }

    /// <summary>
    /// Whether a program compares the architecture's word with call numbers on its way, because it forgot to load the
    /// number: libseccomp's, where the first call in its order is one the architecture does not have.
    /// </summary>
    internal static bool ComparesTheArchitectureWithCalls(ReadOnlySpan<byte> program, ReadOnlySpan<byte> data)
    {
        const int ArchitectureOffset = 4;
        uint architecture = BinaryPrimitives.ReadUInt32LittleEndian(data[ArchitectureOffset..]);
        bool holdsArchitecture = false;
        for (int pc = 0; pc < program.Length / 8; pc++)
        {
            ReadOnlySpan<byte> instruction = program.Slice(pc * 8, 8);
            uint k = BinaryPrimitives.ReadUInt32LittleEndian(instruction[4..]);
            switch (BinaryPrimitives.ReadUInt16LittleEndian(instruction))
            {
                case 0x20 when k == ArchitectureOffset:
                    holdsArchitecture = true;
                    break;
                case 0x05:
                    pc = checked(pc + (int)k);
                    break;
                case 0x15 when holdsArchitecture:
                    if (k is not (X64 or X86 or Arm64))
                    {
                        return true;
                    }

                    pc += architecture == k ? instruction[2] : instruction[3];
                    break;
                default:
                    return false;
            }
        }

        return false;
    }
}
