namespace Hull.Machine.Devices.Virtio;

/// <summary>The host's end of a socket device.</summary>
/// <remarks>Called with the device's and its transport's locks held: note it down, ring a bell, return.</remarks>
public interface ISocketHost
{
    /// <summary>The guest wants a connection to one of the host's ports (<see cref="SocketConnection.HostPort"/>).</summary>
    /// <returns>Whether somebody listens there.</returns>
    bool Accept(SocketConnection connection);

    /// <summary>There is something to read, room to write, or an end.</summary>
    void Changed(SocketConnection connection);

    /// <summary>A refusal waits: call <see cref="SocketDevice.Flush"/> soon.</summary>
    void Refused();
}
