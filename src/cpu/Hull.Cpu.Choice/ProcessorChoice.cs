using Hull.Cpu.Interpreter;
using Hull.Cpu.Kvm;
using Hull.Linux;
using Hull.Machine;

namespace Hull.Cpu.Choice;

/// <summary>What runs a guest's instructions: what was asked for, or the fastest that works here.</summary>
/// <remarks>Disposed after the machine.</remarks>
public sealed class ProcessorChoice : IDisposable
{
    private const uint X2Apic = 1 << 21;

    private readonly Func<KvmHost> _open;
    private KvmHost? _host;
    private KvmProcessors? _processors;

    private ProcessorChoice(KvmHost? host, Func<KvmHost> open) => (_host, _open) = (host, open);

    /// <summary>What was chosen, as a user would name it.</summary>
    public string Name => IsSoftware ? "interpreter" : "kvm";

    /// <summary>A sentence that tells why <c>auto</c> did not take the host's KVM; null when it did, or was not asked.</summary>
    public string? WhyNotKvm { get; private init; }

    /// <summary>Whether no instruction of the guest's runs on the host's processor itself.</summary>
    public bool IsSoftware => _host is null;

    /// <summary>
    /// What the kind that was not chosen answers to CPUID: the interpreter; or this host's KVM, however slow it is, and where there is none
    /// the interpreter without x2APIC, which not every KVM gives.
    /// </summary>
    public CpuidSource Other => _host is null ? TryDescribeKvm() ?? WithoutX2Apic : InterpretingProcessor.Describe;

    /// <summary>The factory for the machine.</summary>
    public ProcessorFactory Factory => (number, memory) =>
    {
        if (_host is null)
        {
            return new InterpretingProcessor(memory);
        }

        _processors ??= new KvmProcessors(_host, memory);
        return _processors.Create(number);
    };

    /// <summary>Makes the choice.</summary>
    /// <param name="name">auto, interpreter, translator or kvm.</param>
    /// <exception cref="HullException">There is no such processor, or not here.</exception>
    public static ProcessorChoice Make(string name) => Make(name, static () => new KvmHost());

    /// <summary>Makes the choice with a KVM that was opened already, which stays the caller's.</summary>
    /// <param name="name">auto, interpreter, translator or kvm.</param>
    /// <param name="kvm">The number of the open device; -1 for none.</param>
    /// <exception cref="HullException">There is no such processor, or not here.</exception>
    public static ProcessorChoice Make(string name, int kvm) =>
        Make(kvm < 0 && name == "auto" ? "interpreter" : name, () => new KvmHost(DescriptorIo.Duplicate(FileDescriptor.Borrow(kvm))));

    private static ProcessorChoice Make(string name, Func<KvmHost> open) => name switch
    {
        "interpreter" => new ProcessorChoice(null, open),
        "kvm" => new ProcessorChoice(OpenFast(open), open),
        "auto" => TakeFastest(open),
        "translator" => throw new HullException(
            ErrorKind.Unimplemented, "The processor 'translator' is not built yet; use 'interpreter' or 'auto'."),
        _ => throw new HullException(
            ErrorKind.InvalidArgument, $"'{name}' is not a processor: use auto, interpreter, translator or kvm."),
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        _processors?.Dispose();
        _host?.Dispose();
        _host = null;
    }

    private static CpuidResult WithoutX2Apic(uint leaf, uint subleaf)
    {
        CpuidResult value = InterpretingProcessor.Describe(leaf, subleaf);
        value.Ecx &= leaf == 1 ? ~X2Apic : uint.MaxValue;
        return value;
    }

    private CpuidSource? TryDescribeKvm()
    {
        try
        {
            using KvmHost host = _open();
            return host.DescribeProcessors();
        }
        catch (HullException)
        {
            return null;
        }
    }

    private static KvmHost OpenFast(Func<KvmHost> open)
    {
        KvmHost host = open();
        try
        {
            host.RequireHardwareSpeed();
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    private static ProcessorChoice TakeFastest(Func<KvmHost> open)
    {
        try
        {
            return new ProcessorChoice(OpenFast(open), open);
        }
        catch (HullException problem)
        {
            // No KVM, no permission, or a slow one: the interpreter runs everywhere.
            return new ProcessorChoice(null, open) { WhyNotKvm = problem.Message };
        }
    }
}
