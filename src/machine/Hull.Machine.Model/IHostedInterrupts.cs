namespace Hull.Machine;

/// <summary>The local APICs of a machine's processors where the host's kernel has them, as the rest of the board sees them.</summary>
/// <remarks>Thread-safe. Nothing here calls back into the board.</remarks>
public interface IHostedInterrupts
{
    /// <summary>Sends one message; to nobody when nobody is addressed.</summary>
    void Send(MessageSignal message);

    /// <summary>Says which message each input of the I/O APIC sends when it is raised; null for none.</summary>
    /// <remarks>A processor that ends an interrupt of a level-triggered route says so: <see cref="IGuestIo.EndOfInterrupt"/>.</remarks>
    void SetRoutes(ReadOnlySpan<MessageSignal?> routes);

    /// <summary>Raises an input that has a route.</summary>
    void Raise(int input);

    /// <summary>Disconnects the inputs until the next routes; when it returns, what was raised has arrived.</summary>
    void Disconnect();
}
