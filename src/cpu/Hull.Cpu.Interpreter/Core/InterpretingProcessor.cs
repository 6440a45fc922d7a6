using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>The reference processor: runs every x86-64 instruction that its CPUID announces, on any host, without host features.</summary>
public sealed class InterpretingProcessor : IVirtualProcessor
{
    private readonly Cpu _cpu;

    /// <summary>Makes a processor in the state after power-on.</summary>
    /// <param name="memory">The guest's memory; it outlives the processor.</param>
    public InterpretingProcessor(IGuestPages memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _cpu = new Cpu(memory);
        _cpu.Load(ProcessorState.Reset());
    }

    /// <inheritdoc/>
    public bool HasWakeSignal
    {
        get
        {
            ProcessorSignals signals = _cpu.Signals;
            return (signals & ~(ProcessorSignals.Interrupt | ProcessorSignals.Housekeeping)) != 0
                || ((signals & ProcessorSignals.Interrupt) != 0 && (_cpu.FlagsRest & Rf.IF) != 0);
        }
    }

    /// <inheritdoc/>
    public ProcessorStop Run(IGuestIo io)
    {
        ArgumentNullException.ThrowIfNull(io);
        return _cpu.Run(io);
    }

    /// <inheritdoc/>
    public void RequestStop() => _cpu.Signal(ProcessorSignals.Stop);

    /// <inheritdoc/>
    public void Signal(ProcessorSignals signals) => _cpu.Signal(signals);

    /// <inheritdoc/>
    public void SignalStartup(byte vector) => _cpu.SignalStartup(vector);

    /// <inheritdoc/>
    public void ForgetPages() => _cpu.ForgetPages();

    /// <inheritdoc/>
    public void Rest() => _cpu.Rest();

    /// <inheritdoc/>
    public CpuidResult DescribeCpuid(uint leaf, uint subleaf) => _cpu.OwnCpuid(leaf, subleaf);

    /// <summary>What every interpreting processor answers to CPUID before a board has its say.</summary>
    public static CpuidResult Describe(uint leaf, uint subleaf) => Cpu.Describe(leaf, subleaf, cr4: 0, xcr0: 1);

    /// <inheritdoc/>
    public void Save(ref ProcessorState state) => _cpu.Save(ref state);

    /// <inheritdoc/>
    public void Load(in ProcessorState state) => _cpu.Load(state);

    /// <inheritdoc/>
    public void Dispose() => _cpu.Dispose();
}
