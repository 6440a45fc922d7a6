using Hull.Engine;
using Hull.Linux;
using Hull.Runtime.Jail;

namespace Hull.Cli.Machines;

/// <summary>The files of one <c>hull vm run</c>, which die with it; a run that was killed leaves them to the next.</summary>
internal sealed class RunFolder : IDisposable
{
    private const string Unfinished = ".new-";
    private const string LockName = "lock";

    private RunFolder(string path, FileLock running)
    {
        Path = path;
        Running = running;
    }

    internal string Path { get; }

    /// <summary>Held by the command and by the machine's process.</summary>
    internal FileLock Running { get; }

    /// <summary>Makes one, and removes what killed runs left.</summary>
    internal static RunFolder Create(EnginePaths paths)
    {
        string all = System.IO.Path.Combine(paths.State, "vm-runs");
        Directory.CreateDirectory(all);
        Sweep(all);

        // Under its own name only once it is locked: a folder without a lock is swept.
        string name = System.IO.Path.GetRandomFileName();
        string made = System.IO.Path.Combine(all, Unfinished + name);
        Directory.CreateDirectory(made, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var running = FileLock.Exclusive(System.IO.Path.Combine(made, LockName));
        string path = System.IO.Path.Combine(all, name);
        Directory.Move(made, path);
        return new RunFolder(path, running);
    }

    /// <summary>Removes it; the machine's process has ended.</summary>
    public void Dispose()
    {
        Running.Dispose();
        Remove(Path);
    }

    private static void Sweep(string all)
    {
        foreach (string path in Directory.EnumerateDirectories(all).Where(path => !System.IO.Path.GetFileName(path).StartsWith(Unfinished, StringComparison.Ordinal)))
        {
            using FileLock? free = TryLock(path);
            if (free is not null)
            {
                Remove(path);
            }
        }
    }

    private static FileLock? TryLock(string path)
    {
        try
        {
            return FileLock.TryExclusive(System.IO.Path.Combine(path, LockName));
        }
        catch (LinuxException)
        {
            // Somebody else has just removed it.
            return null;
        }
    }

    private static void Remove(string path)
    {
        try
        {
            ProgramJail.Remove(path);
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Two swept at once.
        }
    }
}
