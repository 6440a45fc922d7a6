using Hull.Machine.Snapshots;

namespace Hull.Machine.Board;

/// <summary>The board's say in CPUID: APIC ids, topology, frequencies, and who the hypervisor is.</summary>
/// <remarks>
/// Source: Intel SDM vol. 2A, CPUID; the kernel's Documentation/virt/kvm/x86/cpuid.rst. Everything else is the
/// processor's: what it implements and nothing more.
/// </remarks>
public sealed class CpuidPolicy(CpuTopology topology, uint tscKhz)
{
    private const uint HypervisorBase = 0x4000_0000;
    private const uint HypervisorFeatures = 0x4000_0001;
    private const uint HypervisorFrequencies = 0x4000_0010;
    private const uint ClockSource = 1 << 0;
    private const uint NoIoDelay = 1 << 1;
    private const uint ClockSourceNew = 1 << 3;
    private const uint ClockSourceStable = 1 << 24;
    private const uint ApicBusKhz = 1_000_000;
    private const uint HighestLeaf = 0x16;
    private const uint HighestExtendedLeaf = 0x8000_0008;
    private const uint LevelThread = 1;
    private const uint LevelCore = 2;

    /// <summary>The features that the guest is shown at most; null for all that the processor has.</summary>
    internal ProcessorFeatures? Shown { get; set; }

    /// <summary>Adjusts one answer.</summary>
    /// <param name="processor">Whose: its number, from 0.</param>
    /// <param name="leaf">EAX.</param>
    /// <param name="subleaf">ECX.</param>
    /// <param name="value">The processor's answer; the guest's on return.</param>
    public void Adjust(int processor, uint leaf, uint subleaf, ref CpuidResult value)
    {
        AddBoard(processor, leaf, subleaf, ref value);
        Shown?.Limit(leaf, subleaf, ref value);
    }

    private void AddBoard(int processor, uint leaf, uint subleaf, ref CpuidResult value)
    {
        switch (leaf)
        {
            case 0:
                value.Eax = Math.Max(value.Eax, HighestLeaf);
                break;
            case 1:
                AdjustFeatures(processor, ref value);
                break;
            case 4 when (value.Eax & 0x1F) != 0:
                AdjustCaches(ref value);
                break;
            case 6:
                const uint TimerAlwaysRuns = 1 << 2;
                value.Eax |= TimerAlwaysRuns;
                break;
            case 0xB or 0x1F:
                value = TopologyLevel(processor, subleaf);
                break;
            case 0x15:
                value = new CpuidResult(1, 1, tscKhz * 1000, 0);
                break;
            case 0x16:
                value = new CpuidResult(tscKhz / 1000, tscKhz / 1000, 100, 0);
                break;
            case 0x8000_0000:
                value.Eax = Math.Max(value.Eax, HighestExtendedLeaf);
                break;
            case 0x8000_0007:
                const uint InvariantTsc = 1 << 8;
                value.Edx |= InvariantTsc;
                break;
            case >= HypervisorBase and < HypervisorBase + 0x100:
                value = Hypervisor(leaf);
                break;
            default:
                break;
        }
    }

    private void AdjustFeatures(int processor, ref CpuidResult value)
    {
        const uint X2Apic = 1 << 21;
        const uint TscDeadline = 1 << 24;
        const uint HypervisorPresent = 1u << 31;
        const uint Apic = 1 << 9;
        const uint HyperThreading = 1 << 28;
        uint inPackage = 1u << topology.PackageBits;
        value.Ebx = (value.Ebx & 0xFFFF) | (inPackage << 16) | (topology.ApicIdOf(processor) << 24);
        value.Ecx |= X2Apic | TscDeadline | HypervisorPresent;
        value.Edx |= Apic;
        value.Edx = inPackage > 1 ? value.Edx | HyperThreading : value.Edx & ~HyperThreading;
    }

    // Bits 14 to 25: threads that share the cache, less one; 26 to 31: cores in the package, less one.
    private void AdjustCaches(ref CpuidResult value)
    {
        const int LastPrivateLevel = 2;
        uint level = (value.Eax >> 5) & 7;
        uint sharing = (level > LastPrivateLevel ? 1u << topology.PackageBits : 1u << topology.ThreadBits) - 1;
        uint cores = (1u << (topology.PackageBits - topology.ThreadBits)) - 1;
        value.Eax = (value.Eax & 0x3FFF) | (sharing << 14) | (cores << 26);
    }

    private CpuidResult TopologyLevel(int processor, uint subleaf)
    {
        uint id = topology.ApicIdOf(processor);
        return subleaf switch
        {
            0 => new CpuidResult((uint)topology.ThreadBits, (uint)topology.Threads, LevelThread << 8, id),
            1 => new CpuidResult(
                (uint)topology.PackageBits, (uint)(topology.Threads * topology.Cores), 1 | (LevelCore << 8), id),
            _ => new CpuidResult(0, 0, subleaf & 0xFF, id),
        };
    }

    private CpuidResult Hypervisor(uint leaf) => leaf switch
    {
        // "KVMKVMKVM\0\0\0": Linux then uses the paravirtual clock below and nothing else of KVM's.
        HypervisorBase => new CpuidResult(HypervisorFrequencies, 0x4B4D_564B, 0x564B_4D56, 0x0000_004D),
        HypervisorFeatures => new CpuidResult(ClockSource | NoIoDelay | ClockSourceNew | ClockSourceStable, 0, 0, 0),
        HypervisorFrequencies => new CpuidResult(tscKhz, ApicBusKhz, 0, 0),
        _ => default,
    };
}
