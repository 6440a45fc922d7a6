namespace Hull.Supervision;

/// <summary>Takes one whole frame of a client.</summary>
internal delegate void FrameHandler(ClientConnection client, FrameKind kind, ReadOnlySpan<byte> payload);
