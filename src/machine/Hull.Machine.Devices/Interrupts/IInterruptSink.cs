namespace Hull.Machine.Devices.Interrupts;

/// <summary>Something with numbered interrupt inputs: an I/O APIC, a pair of 8259s, or a test's recorder.</summary>
public interface IInterruptSink
{
    /// <summary>Tells the level of one input; setting the same level again changes nothing.</summary>
    void SetLine(int line, bool level);
}
