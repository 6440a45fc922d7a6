using Hull.Cpu.Interpreter;
using Hull.Cpu.Kvm;
using Hull.Linux;
using Hull.Machine;

namespace Hull.MachineProcess;

/// <summary>What runs the guest's instructions: KVM where it runs at hardware speed, the interpreter everywhere.</summary>
internal sealed class Processors : IDisposable
{
    private KvmHost? _host;
    private KvmProcessors? _processors;

    private Processors(KvmHost? host) => _host = host;

    /// <summary>Whether no instruction of the guest's runs on the host's processor itself.</summary>
    internal bool IsSoftware => _host is null;

    internal ProcessorFactory Factory => (number, memory) =>
    {
        if (_host is null)
        {
            return new InterpretingProcessor(memory);
        }

        _processors ??= new KvmProcessors(_host, memory);
        return _processors.Create(number);
    };

    /// <summary>Makes the choice.</summary>
    /// <exception cref="HullException">There is no such processor, or not here.</exception>
    internal static Processors Make(string name) => Make(name, static () => new KvmHost());

    /// <summary>Makes the choice with a KVM that was opened already.</summary>
    /// <param name="name">auto, interpreter or kvm.</param>
    /// <param name="kvm">The number of the open device; -1 for none.</param>
    /// <exception cref="HullException">There is no such processor, or not here.</exception>
    internal static Processors Make(string name, int kvm) =>
        Make(kvm < 0 && name == "auto" ? "interpreter" : name, () => new KvmHost(DescriptorIo.Duplicate(FileDescriptor.Borrow(kvm))));

    private static Processors Make(string name, Func<KvmHost> open) => name switch
    {
        "interpreter" => new Processors(null),
        "kvm" => new Processors(OpenFast(open)),
        "auto" => new Processors(TryOpenFast(open)),
        _ => throw new HullException(ErrorKind.InvalidArgument, $"'{name}' is not a processor: use auto, interpreter or kvm."),
    };

    public void Dispose()
    {
        _processors?.Dispose();
        _host?.Dispose();
        _host = null;
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

    private static KvmHost? TryOpenFast(Func<KvmHost> open)
    {
        try
        {
            return OpenFast(open);
        }
        catch (HullException)
        {
            return null;
        }
    }
}
