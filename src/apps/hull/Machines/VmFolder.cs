using System.Text.Json;
using Hull.Engine;
using Hull.Linux;
using Hull.Machine.Host.Service;
using Hull.Runtime.Jail;

namespace Hull.Cli.Machines;

/// <summary>One machine on disk: its configuration, its lock, its socket, and how it last ended.</summary>
/// <remarks>
/// The configuration is there whole or not at all: it is written beside its place and renamed. A machine runs as long as
/// somebody holds its lock, which the kernel takes away when the process dies, however it dies.
/// </remarks>
internal sealed class VmFolder
{
    private const int MaxNameLength = 64;
    private const string ConfigurationFile = "machine.json";

    private readonly string _state;

    private VmFolder(EnginePaths paths, string name)
    {
        Name = name;
        Path = System.IO.Path.Combine(Root(paths), name);
        _state = System.IO.Path.Combine(paths.State, "vms", name);
    }

    internal string Name { get; }

    /// <summary>What survives a boot.</summary>
    internal string Path { get; }

    /// <summary>What does not.</summary>
    internal string State => _state;

    internal string Socket => System.IO.Path.Combine(_state, "control.sock");

    /// <summary>Where the locks of jailed machines' users lie.</summary>
    internal string Users => System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(_state)!)!, "vm-users");

    internal string LockFile => System.IO.Path.Combine(Path, "lock");

    internal string ResultFile => System.IO.Path.Combine(Path, "last.json");

    /// <summary>A snapshot to go on from at the next start.</summary>
    internal string Resume => System.IO.Path.Combine(Path, "resume");

    internal bool Exists => File.Exists(System.IO.Path.Combine(Path, ConfigurationFile));

    /// <summary>Whether its process lives.</summary>
    internal bool IsRunning
    {
        get
        {
            using FileLock? free = Exists ? FileLock.TryExclusive(LockFile) : null;
            return Exists && free is null;
        }
    }

    /// <summary>Names a machine that may not exist.</summary>
    /// <exception cref="HullException">The name cannot be one.</exception>
    internal static VmFolder Of(EnginePaths paths, string name)
    {
        bool isName = name.Length is > 0 and <= MaxNameLength && char.IsAsciiLetterOrDigit(name[0])
            && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.');
        return isName
            ? new VmFolder(paths, name)
            : throw new HullException(
                ErrorKind.InvalidArgument, $"'{name}' cannot name a machine: use up to {MaxNameLength} letters, digits, '-', '_' and '.'.");
    }

    /// <summary>Names a machine that exists.</summary>
    /// <exception cref="HullException">There is none.</exception>
    internal static VmFolder Find(EnginePaths paths, string name)
    {
        VmFolder folder = Of(paths, name);
        return folder.Exists ? folder : throw new HullException(ErrorKind.NotFound, $"There is no machine '{name}'.");
    }

    /// <summary>All machines, by name.</summary>
    internal static IEnumerable<VmFolder> All(EnginePaths paths) => !Directory.Exists(Root(paths)) ? [] :
        Directory.EnumerateDirectories(Root(paths)).Order(StringComparer.Ordinal)
            .Select(path => new VmFolder(paths, System.IO.Path.GetFileName(path))).Where(folder => folder.Exists);

    /// <summary>Makes the machine.</summary>
    /// <param name="configuration">What it is made of.</param>
    /// <param name="fill">Puts further files into its folder, before the machine exists.</param>
    /// <exception cref="HullException">There is one of that name.</exception>
    internal void Create(VmConfiguration configuration, Action<string>? fill = null)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        Errno error = HostFile.TryMakeDirectory(Path, 0x1C0);
        using FileLock? mine = error is Errno.None or Errno.Exist ? FileLock.TryExclusive(LockFile) : null;
        if (mine is null || Exists)
        {
            throw new HullException(
                error is Errno.None or Errno.Exist ? ErrorKind.AlreadyExists : LinuxException.KindOf(error),
                error is Errno.None or Errno.Exist
                    ? $"There is a machine '{Name}' already."
                    : $"The machine '{Name}' cannot be made in '{Path}': {LinuxException.TextOf(error)}.");
        }

        // What an earlier attempt left before it died.
        foreach (string rest in Directory.EnumerateFileSystemEntries(Path).Where(entry => entry != LockFile))
        {
            if (Directory.Exists(rest))
            {
                Directory.Delete(rest, recursive: true);
            }
            else
            {
                File.Delete(rest);
            }
        }

        fill?.Invoke(Path);
        string place = System.IO.Path.Combine(Path, ConfigurationFile);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(configuration, VmConfigurationJson.Default.VmConfiguration);
        using (FileStream file = new(place + ".new", FileMode.Create))
        {
            file.Write(json);
            file.Flush(flushToDisk: true);
        }

        File.Move(place + ".new", place);
        DirectorySync.Flush(Path);
        DirectorySync.Flush(System.IO.Path.GetDirectoryName(Path)!);
    }

    /// <exception cref="HullException">The file is damaged.</exception>
    internal VmConfiguration Read() => Read(System.IO.Path.Combine(Path, ConfigurationFile));

    /// <exception cref="HullException">The file is missing or damaged.</exception>
    internal static VmConfiguration Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), VmConfigurationJson.Default.VmConfiguration)
                ?? throw new JsonException();
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            throw new HullException(ErrorKind.DataLoss, $"The machine's configuration '{path}' is missing or damaged.", error);
        }
    }

    /// <summary>How it last ended; null when it never did, or died.</summary>
    internal VmResult? LastResult() => VmPlace.Of(this).LastResult();

    /// <summary>Removes the machine and everything in its folder; the caller holds its lock.</summary>
    internal void Remove()
    {
        RemoveJail();

        // The configuration first: without it there is no machine, whatever else is left.
        File.Delete(System.IO.Path.Combine(Path, ConfigurationFile));
        Directory.Delete(Path, recursive: true);
        if (Directory.Exists(_state))
        {
            Directory.Delete(_state, recursive: true);
        }
    }

    /// <summary>Removes what the jail made for a process that ended; the caller holds the machine's lock.</summary>
    internal void RemoveJail() => ProgramJail.Remove(_state);

    private static string Root(EnginePaths paths) => System.IO.Path.Combine(paths.Root, "vms");
}
