namespace Hull.Image.Tests;

/// <summary>A request as it came.</summary>
internal sealed record FakeRequest(string Method, string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    internal string? this[string header] => Headers.GetValueOrDefault(header);
}
