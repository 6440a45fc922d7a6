namespace Hull.Machine.Devices.Virtio;

/// <summary>Answers FUSE requests.</summary>
public interface IFileServer
{
    /// <summary>The longest request that makes sense; longer ones are refused unread.</summary>
    int MaxRequestBytes { get; }

    /// <summary>The longest answer there can be.</summary>
    int MaxAnswerBytes { get; }

    /// <summary>Answers one request. Never throws for what is in it.</summary>
    /// <param name="request">The request with its header.</param>
    /// <param name="answer">Room for the answer with its header, as much as the guest offered, at most <see cref="MaxAnswerBytes"/>.</param>
    /// <returns>Bytes of the answer; 0 for requests that have none.</returns>
    int Handle(ReadOnlySpan<byte> request, Span<byte> answer);

    /// <summary>The guest is gone: everything it opened is closed.</summary>
    void Reset();
}
