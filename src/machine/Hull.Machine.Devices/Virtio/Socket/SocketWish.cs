namespace Hull.Machine.Devices.Virtio;

/// <summary>Control packets a connection has to send.</summary>
[Flags]
internal enum SocketWish
{
    None = 0,
    Request = 1,
    Response = 2,
    Reset = 4,
    Credit = 8,

    /// <summary>Once what waits has gone: the host sends nothing more.</summary>
    EndWrite = 16,

    /// <summary>Once what waits has gone: the host neither sends nor receives.</summary>
    Close = 32,
}
