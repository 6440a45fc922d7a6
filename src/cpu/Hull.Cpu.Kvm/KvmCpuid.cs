using System.Buffers.Binary;
using Hull.Machine;

namespace Hull.Cpu.Kvm;

/// <summary>KVM's table of what it can show a guest of the processor, as struct kvm_cpuid2.</summary>
/// <remarks>Pure functions. Source: Documentation/virt/kvm/api.rst, KVM_GET_SUPPORTED_CPUID; Intel SDM vol. 2A, CPUID; AMD APM vol. 3, appendix E.</remarks>
internal static class KvmCpuid
{
    private const int HeaderBytes = 8;
    private const int EntryBytes = 40;
    private const uint X2ApicBit = 1 << 21;
    private const uint X87SseAvx = 7;
    private const uint StateBytes = 832;

    /// <summary>How many entries there are.</summary>
    internal static int Count(ReadOnlySpan<byte> table) => BinaryPrimitives.ReadInt32LittleEndian(table);

    /// <summary>One entry.</summary>
    internal static Span<byte> Entry(Span<byte> table, int number) => table.Slice(HeaderBytes + (number * EntryBytes), EntryBytes);

    /// <summary>An entry's leaf and subleaf.</summary>
    internal static (uint Leaf, uint Subleaf) NumberOf(ReadOnlySpan<byte> entry) =>
        (BinaryPrimitives.ReadUInt32LittleEndian(entry), BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]));

    /// <summary>An entry's answer.</summary>
    internal static CpuidResult Read(ReadOnlySpan<byte> entry) => new(
        BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[16..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]));

    /// <summary>Sets it.</summary>
    internal static void Write(Span<byte> entry, CpuidResult value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], value.Eax);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], value.Ebx);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[20..], value.Ecx);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[24..], value.Edx);
    }

    /// <summary>Finds an answer.</summary>
    internal static CpuidResult Find(ReadOnlySpan<byte> table, uint leaf, uint subleaf)
    {
        for (int i = 0; i < Count(table); i++)
        {
            ReadOnlySpan<byte> entry = table.Slice(HeaderBytes + (i * EntryBytes), EntryBytes);
            if (NumberOf(entry) == (leaf, subleaf))
            {
                return Read(entry);
            }
        }

        return default;
    }

    /// <summary>Takes out what no machine here can have.</summary>
    /// <param name="table">The table.</param>
    /// <param name="hasX2Apic">Whether the local APICs are KVM's own, which alone have the mode.</param>
    /// <remarks>
    /// A guest that used what a saved state does not hold - registers wider than AVX's, protection keys, tiles, shadow stacks, counters, guests of its
    /// own - would lose it with a snapshot.
    /// </remarks>
    internal static void Limit(Span<byte> table, bool hasX2Apic)
    {
        for (int i = 0; i < Count(table); i++)
        {
            Span<byte> entry = Entry(table, i);
            (uint leaf, uint subleaf) = NumberOf(entry);
            CpuidResult value = Read(entry);
            Limit(leaf, subleaf, ref value);
            value.Ecx &= leaf == 1 && !hasX2Apic ? ~X2ApicBit : uint.MaxValue;
            Write(entry, value);
        }
    }

    private static void Limit(uint leaf, uint subleaf, ref CpuidResult value)
    {
        switch (leaf)
        {
            case 1:
                value.Ecx &= ~Bits(2, 4, 5, 6, 15); // DTES64, DS-CPL, VMX, SMX, PDCM
                value.Edx &= ~Bits(21); // DS
                break;
            case 7 when subleaf == 0:
                value.Ebx &= ~Bits(2, 14, 16, 17, 21, 25, 26, 27, 28, 30, 31); // SGX, MPX, AVX-512, processor trace
                value.Ecx &= ~Bits(1, 3, 4, 6, 7, 11, 12, 14, 23, 30, 31); // AVX-512, keys, shadow stacks, Key Locker, SGX
                value.Edx &= ~Bits(2, 3, 5, 8, 19, 20, 22, 23, 24, 25); // AVX-512, user interrupts, branch records, IBT, AMX
                break;
            case 7 when subleaf == 1:
                value.Eax &= ~Bits(5, 17, 21); // AVX-512, FRED, AMX
                value.Edx &= ~Bits(8, 13, 18, 19, 21); // AMX, user-level registers, shadow stacks, AVX10, APX
                break;
            case 0xD:
                LimitStates(subleaf, ref value);
                break;
            case 0x8000_0001:
                value.Ecx &= ~Bits(2, 10, 15, 23, 24, 28); // SVM, sampling, LWP, counters
                break;
            case 0xA or 0x12 or 0x14 or 0x1D or 0x1E or 0x24 or 0x8000_000A or 0x8000_001B or 0x8000_0022:
                value = default;
                break;
            default:
                break;
        }
    }

    // x87, SSE and AVX; the size in EBX is what KVM makes of the guest's own choice.
    private static void LimitStates(uint subleaf, ref CpuidResult value)
    {
        switch (subleaf)
        {
            case 0:
                value = new CpuidResult(value.Eax & X87SseAvx, value.Ebx, Math.Min(value.Ecx, StateBytes), 0);
                break;
            case 1:
                value = new CpuidResult(value.Eax & ~Bits(4), value.Ebx, 0, 0); // no XFD, and nothing supervisors save
                break;
            case 2:
                break;
            default:
                value = default;
                break;
        }
    }

    private static uint Bits(params ReadOnlySpan<int> numbers)
    {
        uint bits = 0;
        foreach (int number in numbers)
        {
            bits |= 1u << number;
        }

        return bits;
    }
}
