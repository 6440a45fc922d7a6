using Hull.Linux;

namespace Hull.Snapshot.Tests;

/// <summary>A directory of one test, removed with whatever is in it.</summary>
internal sealed class TempDirectory : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("hull-snapshot-test-").FullName;

    internal string this[string name] => System.IO.Path.Combine(Path, name);

    internal string Make(string name) => Directory.CreateDirectory(this[name]).FullName;

    public void Dispose()
    {
        using FileDescriptor parent = FileTree.OpenRoot(System.IO.Path.GetDirectoryName(Path)!);
        FileTree.RemoveTree(parent, System.Text.Encoding.UTF8.GetBytes(System.IO.Path.GetFileName(Path)));
    }
}
