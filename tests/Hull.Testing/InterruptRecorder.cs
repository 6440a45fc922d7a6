using Hull.Machine.Devices.Interrupts;

namespace Hull.Testing;

/// <summary>An interrupt controller that remembers levels and counts rising edges.</summary>
public sealed class InterruptRecorder : IInterruptSink
{
    private readonly Dictionary<int, bool> _levels = [];

    public int RisingEdges { get; private set; }

    public bool LevelOf(int line) => _levels.GetValueOrDefault(line);

    public void SetLine(int line, bool level)
    {
        RisingEdges += level && !LevelOf(line) ? 1 : 0;
        _levels[line] = level;
    }
}
