namespace Hull.Image;

/// <summary>The bytes of some content on their way from a registry; disposing ends the transfer.</summary>
public sealed class RemoteBlob : IDisposable
{
    private readonly HttpResponseMessage _answer;

    internal RemoteBlob(HttpResponseMessage answer, Stream content, long offset)
    {
        _answer = answer;
        Content = content;
        Offset = offset;
    }

    /// <summary>The bytes, not checked yet. Reading may fail at any time, and then may be gone on with.</summary>
    public Stream Content { get; }

    /// <summary>Position of the first byte in the whole content: what was asked for, or 0 when the registry starts anew.</summary>
    public long Offset { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Content.Dispose();
        _answer.Dispose();
    }
}
