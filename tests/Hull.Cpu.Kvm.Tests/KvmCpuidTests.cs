using System.Buffers.Binary;
using Hull.Machine;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>What of KVM's table a guest is shown; no KVM needed.</summary>
public sealed class KvmCpuidTests
{
    private static readonly CpuidResult s_all = new(uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue);

    [Fact]
    public void Limit_HidesWhatNoSavedStateHolds()
    {
        byte[] table = Table((1u, 0u), (7u, 0u), (7u, 1u), (0xDu, 0u), (0xDu, 1u), (0xDu, 2u), (0xDu, 9u), (0xAu, 0u), (0x8000_0001u, 0u));

        KvmCpuid.Limit(table, hasX2Apic: true);

        Assert.Equal(0u, KvmCpuid.Find(table, 1, 0).Ecx & (1 << 5));
        Assert.Equal(0u, KvmCpuid.Find(table, 7, 0).Ebx & ((1u << 16) | (1u << 30) | (1u << 31)));
        Assert.Equal(0u, KvmCpuid.Find(table, 7, 0).Ecx & (1 << 3));
        Assert.Equal(0u, KvmCpuid.Find(table, 7, 0).Edx & (1 << 24));
        Assert.Equal(7u, KvmCpuid.Find(table, 0xD, 0).Eax);
        Assert.Equal(832u, KvmCpuid.Find(table, 0xD, 0).Ecx);
        Assert.Equal(0u, KvmCpuid.Find(table, 0xD, 1).Ecx);
        Assert.Equal(s_all, KvmCpuid.Find(table, 0xD, 2));
        Assert.Equal(default, KvmCpuid.Find(table, 0xD, 9));
        Assert.Equal(default, KvmCpuid.Find(table, 0xA, 0));
        Assert.Equal(0u, KvmCpuid.Find(table, 0x8000_0001, 0).Ecx & (1 << 2));
    }

    [Fact]
    public void Limit_KeepsTheRest()
    {
        byte[] table = Table((1u, 0u), (7u, 0u));

        KvmCpuid.Limit(table, hasX2Apic: true);

        const uint Avx2 = 1 << 5;
        const uint Avx = 1 << 28;
        Assert.Equal(Avx, KvmCpuid.Find(table, 1, 0).Ecx & Avx);
        Assert.Equal(Avx2, KvmCpuid.Find(table, 7, 0).Ebx & Avx2);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Limit_ShowsX2Apic_WhereTheChipIsKvms(bool hasIt)
    {
        byte[] table = Table((1u, 0u));

        KvmCpuid.Limit(table, hasIt);

        Assert.Equal(hasIt, (KvmCpuid.Find(table, 1, 0).Ecx & (1 << 21)) != 0);
    }

    private static byte[] Table(params ReadOnlySpan<(uint Leaf, uint Subleaf)> entries)
    {
        byte[] table = new byte[8 + (entries.Length * 40)];
        BinaryPrimitives.WriteInt32LittleEndian(table, entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = KvmCpuid.Entry(table, i);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, entries[i].Leaf);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[i].Subleaf);
            KvmCpuid.Write(entry, s_all);
        }

        return table;
    }
}
