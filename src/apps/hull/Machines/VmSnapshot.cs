using Hull.Linux;
using Hull.Machine.Host.Disks;
using Hull.Machine.Host.Service;
using Microsoft.Win32.SafeHandles;

namespace Hull.Cli.Machines;

/// <summary>Snapshots of a machine with its disks: a folder that machines can be restored from, again and again.</summary>
internal static class VmSnapshot
{
    internal const string StateFile = "state";
    internal const string MemoryFile = "memory";
    private const string ConfigurationFile = "machine.json";
    private const int ChunkBytes = 1 << 20;

    /// <summary>Writes a running machine into a folder that does not exist yet; the guest goes on afterwards.</summary>
    /// <exception cref="HullException">The machine does not run, the folder exists, or a disk cannot be copied.</exception>
    internal static void Take(VmFolder folder, string directory)
    {
        if (Path.Exists(directory))
        {
            throw new HullException(ErrorKind.AlreadyExists, $"The snapshot '{directory}' exists already.");
        }

        VmConfiguration made = folder.Read();
        if (made.Shares.Count > 0)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The machine '{folder.Name}' shares files of the host, which no snapshot can hold; make one without --share.");
        }

        List<string?> changing = [.. made.Disks.Select(disk => ChangingFileOf(folder, disk))];
        using VmClient client = VmClient.Connect(folder);
        string partial = directory + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true);
        }

        Directory.CreateDirectory(partial);
        try
        {
            client.Ask(VmProtocol.Hold);
            using (SafeFileHandle state = Create(partial, StateFile))
            using (SafeFileHandle memory = Create(partial, MemoryFile))
            {
                client.Ask(VmProtocol.Save, state, memory);
            }

            for (int i = 0; i < changing.Count; i++)
            {
                if (changing[i] is { } file)
                {
                    Copy(file, Path.Combine(partial, NameOf(i)));
                }
            }

            client.Ask(VmProtocol.Go);
            File.Copy(Path.Combine(folder.Path, ConfigurationFile), Path.Combine(partial, ConfigurationFile));
            DirectorySync.Flush(partial);
            Directory.Move(partial, directory);
            DirectorySync.Flush(Path.GetDirectoryName(Path.GetFullPath(directory))!);
        }
        catch (Exception error)
        {
            Directory.Delete(partial, recursive: true);
            throw error is IOException or UnauthorizedAccessException
                ? new HullException(ErrorKind.ResourceExhausted, $"The snapshot '{directory}' cannot be written: {error.Message}", error)
                : error;
        }
    }

    /// <summary>Makes a machine from a snapshot; its next start goes on where the saved one was.</summary>
    /// <exception cref="HullException">The snapshot is not whole, or the machine exists.</exception>
    internal static void Restore(string directory, VmFolder folder)
    {
        if (!Directory.Exists(directory))
        {
            throw new HullException(ErrorKind.NotFound, $"There is no snapshot '{directory}'.");
        }

        VmConfiguration saved = VmFolder.Read(Path.Combine(directory, ConfigurationFile));
        List<string> disks = [];
        for (int i = 0; i < saved.Disks.Count; i++)
        {
            var options = DiskOptions.Parse(saved.Disks[i]);
            string own = Path.Combine(folder.Path, NameOf(i));
            DiskFormat format = options.HasOverlay ? DiskFormat.Qcow2 : options.Format ?? DiskOptions.FormatOf(options.Path);
            disks.Add(options.IsReadOnly
                ? saved.Disks[i]
                : $"{own.Replace(",", ",,", StringComparison.Ordinal)},format={(format == DiskFormat.Raw ? "raw" : "qcow2")},backing=any");
        }

        folder.Create(saved with { Disks = disks }, path =>
        {
            string resume = Path.Combine(path, "resume");
            Directory.CreateDirectory(resume);
            Copy(Path.Combine(directory, StateFile), Path.Combine(resume, StateFile));
            Copy(Path.Combine(directory, MemoryFile), Path.Combine(resume, MemoryFile));
            for (int i = 0; i < saved.Disks.Count; i++)
            {
                if (!DiskOptions.Parse(saved.Disks[i]).IsReadOnly)
                {
                    Copy(Path.Combine(directory, NameOf(i)), Path.Combine(path, NameOf(i)));
                }
            }
        });
    }

    private static string NameOf(int disk) => $"disk-{disk + 1}";

    // The file that the guest's writes go to; null when there is none.
    private static string? ChangingFileOf(VmFolder folder, string disk)
    {
        var options = DiskOptions.Parse(disk);
        if (options.IsReadOnly)
        {
            return null;
        }

        return options is { HasOverlay: true, OverlayPath: null }
            ? throw new HullException(
                ErrorKind.FailedPrecondition, $"The machine '{folder.Name}' has an overlay without a name on '{options.Path}', which cannot be saved.")
            : options.OverlayPath ?? options.Path;
    }

    private static SafeFileHandle Create(string directory, string name) =>
        File.OpenHandle(Path.Combine(directory, name), FileMode.CreateNew, FileAccess.ReadWrite);

    // Not by File.Copy: it asks for the lock that the machine holds, and fills holes.
    private static void Copy(string from, string to)
    {
        using FileDescriptor source = HostFile.TryOpen(from, HostFile.ReadOnly, out Errno error)
            ?? throw new HullException(LinuxException.KindOf(error), $"The file '{from}' cannot be read: {LinuxException.TextOf(error)}.");
        if (FileTree.Status(source, out FileStatus status) != Errno.None || status.Type != FileStatus.Regular)
        {
            throw new HullException(ErrorKind.Unimplemented, $"The disk '{from}' is no regular file and cannot be copied into a snapshot.");
        }

        using SafeFileHandle target = File.OpenHandle(to, FileMode.CreateNew, FileAccess.ReadWrite);
        RandomAccess.SetLength(target, status.Size);
        byte[] chunk = new byte[ChunkBytes];
        for (long at = 0; FileTree.TryNextData(source, at, status.Size, out long start, out long end); at = end)
        {
            for (long done = start; done < end;)
            {
                int read = FileTree.ReadAt(source, chunk.AsSpan(0, (int)Math.Min(chunk.Length, end - done)), done);
                if (read == 0)
                {
                    break;
                }

                RandomAccess.Write(target, chunk.AsSpan(0, read), done);
                done += read;
            }
        }

        RandomAccess.FlushToDisk(target);
    }
}
