using Hull.Cpu.Interpreter;
using Hull.Cpu.Kvm;
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
    internal static Processors Make(string name) => name switch
    {
        "interpreter" => new Processors(null),
        "kvm" => new Processors(OpenFast()),
        "auto" => new Processors(TryOpenFast()),
        _ => throw new HullException(ErrorKind.InvalidArgument, $"'{name}' is not a processor: use auto, interpreter or kvm."),
    };

    public void Dispose()
    {
        _processors?.Dispose();
        _host?.Dispose();
        _host = null;
    }

    private static KvmHost OpenFast()
    {
        KvmHost host = new();
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

    private static KvmHost? TryOpenFast()
    {
        try
        {
            return OpenFast();
        }
        catch (HullException)
        {
            return null;
        }
    }
}
