namespace Hull.Image.Tests;

/// <summary>An answer, as right or as wrong as a test wants it.</summary>
internal sealed record FakeAnswer(int Status, byte[] Body)
{
    internal FakeAnswer(int status, string body = "")
        : this(status, System.Text.Encoding.UTF8.GetBytes(body))
    {
    }

    /// <summary>Further headers.</summary>
    internal List<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>Body bytes after which the connection is cut; all when null.</summary>
    internal int? CutAfter { get; init; }

    /// <summary>Whether the body is sent again and again in chunks without an end.</summary>
    internal bool Endless { get; init; }

    internal FakeAnswer With(string name, string value)
    {
        Headers.Add((name, value));
        return this;
    }
}
