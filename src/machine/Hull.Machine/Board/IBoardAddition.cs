using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Interrupts;

namespace Hull.Machine.Board;

/// <summary>Something a caller puts on a board besides what its model has, for test programs that expect it there.</summary>
/// <remarks>It is wired once, after the board's own parts, and is not part of a snapshot.</remarks>
public interface IBoardAddition
{
    /// <summary>Takes its ports, addresses and interrupt wires.</summary>
    /// <param name="ports">The ports that are free.</param>
    /// <param name="addresses">The addresses that are free.</param>
    /// <param name="interrupts">The board's wires.</param>
    /// <exception cref="ArgumentException">Something of it has an owner already.</exception>
    void Wire(PortBus ports, MmioBus addresses, IInterruptSink interrupts);
}
