namespace Hull.Machine.Tests;

/// <summary>A processor that executes nothing; what a test needs of one it overrides.</summary>
internal class StillProcessor : IVirtualProcessor
{
    private ProcessorState _state = ProcessorState.Reset();

    public bool HasWakeSignal => false;

    public virtual ProcessorStop Run(IGuestIo io) => ProcessorStop.Requested;

    public virtual CpuidResult DescribeCpuid(uint leaf, uint subleaf) => default;

    public void RequestStop()
    {
    }

    public void Signal(ProcessorSignals signals)
    {
    }

    public void SignalStartup(byte vector)
    {
    }

    public void ForgetPages()
    {
    }

    public void Rest()
    {
    }

    public void Save(ref ProcessorState state) => state = _state;

    public void Load(in ProcessorState state) => _state = state;

    public void Dispose()
    {
    }
}
