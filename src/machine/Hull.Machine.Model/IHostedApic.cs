namespace Hull.Machine;

/// <summary>The local APIC of one processor where the host's kernel has it.</summary>
/// <remarks>
/// The board keeps the state while the machine stands still and hands it over for as long as it runs. Only while the processor is not running.
/// </remarks>
public interface IHostedApic
{
    /// <summary>All of the machine's.</summary>
    IHostedInterrupts Interrupts { get; }

    /// <summary>Takes the board's state over.</summary>
    /// <param name="state">The state.</param>
    /// <param name="io">What the processor will run with.</param>
    void Load(in LocalApicState state, IGuestIo io);

    /// <summary>Lets everything arrive that was put off; before <see cref="Save"/>, and while the board may still be called.</summary>
    void Settle();

    /// <summary>Gives the state back.</summary>
    void Save(ref LocalApicState state);
}
