namespace Hull.Image.Tests;

/// <summary>A directory of one test's own that is gone afterwards.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("hull-image-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    internal string Combine(string name) => global::System.IO.Path.Combine(Path, name);
}
