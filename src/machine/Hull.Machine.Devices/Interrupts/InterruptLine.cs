namespace Hull.Machine.Devices.Interrupts;

/// <summary>The wire from one device to one interrupt input.</summary>
/// <remarks>Thread-safe as its sink is.</remarks>
public sealed class InterruptLine(IInterruptSink sink, int number)
{
    /// <summary>The input's number; on a PC board the global system interrupt.</summary>
    public int Number => number;

    /// <summary>Sets the level.</summary>
    public void Set(bool level) => sink.SetLine(number, level);

    /// <summary>Raises and lowers at once, for inputs that look at edges.</summary>
    public void Pulse()
    {
        sink.SetLine(number, true);
        sink.SetLine(number, false);
    }
}
