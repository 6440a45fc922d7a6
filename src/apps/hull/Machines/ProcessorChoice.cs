using Hull.Cpu.Interpreter;
using Hull.Cpu.Kvm;
using Hull.Machine;

namespace Hull.Cli.Machines;

/// <summary>Picks the processors of a machine: what was asked for, or the fastest that works here.</summary>
internal sealed class ProcessorChoice : IDisposable
{
    private KvmHost? _host;
    private KvmProcessors? _processors;

    private ProcessorChoice(KvmHost? host) => _host = host;

    /// <summary>The factory for the machine.</summary>
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
    /// <param name="name">auto, interpreter, translator or kvm.</param>
    /// <exception cref="HullException">There is no such processor, or not here.</exception>
    internal static ProcessorChoice Make(string name) => name switch
    {
        "interpreter" => new ProcessorChoice(null),
        "kvm" => new ProcessorChoice(OpenFastKvm()),
        "auto" => new ProcessorChoice(TryOpenFastKvm()),
        "translator" => throw new HullException(
            ErrorKind.Unimplemented, "The processor 'translator' is not built yet; use 'interpreter' or 'auto'."),
        _ => throw new UsageException($"'{name}' is not a processor: use auto, interpreter, translator or kvm."),
    };

    /// <summary>Disposed after the machine.</summary>
    public void Dispose()
    {
        _processors?.Dispose();
        _host?.Dispose();
        _host = null;
    }

    private static KvmHost OpenFastKvm()
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

    private static KvmHost? TryOpenFastKvm()
    {
        try
        {
            return OpenFastKvm();
        }
        catch (HullException)
        {
            // No KVM, no permission, or a slow one: the interpreter runs everywhere.
            return null;
        }
    }
}
