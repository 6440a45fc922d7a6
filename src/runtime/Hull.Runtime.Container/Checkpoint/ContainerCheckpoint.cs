using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>Saves a running container through CRIU.</summary>
/// <param name="task">The container.</param>
/// <param name="options">How.</param>
internal sealed class ContainerCheckpoint(ContainerTask task, CheckpointOptions options)
{
    private const string LogName = "dump.log";
    private const uint DirectoryMode = 0x1c0;

    /// <summary>Does it.</summary>
    internal void Run()
    {
        using FileDescriptor images = OpenDirectory(options.ImageDirectory);
        using FileDescriptor work = OpenDirectory(options.WorkDirectory ?? options.ImageDirectory);
        RuntimeSpec spec = task.ReadSpecification();
        CriuRequest request = new(options.PreDump ? CriuRequestType.PreDump : CriuRequestType.Dump, options, images, work, LogName);
        request.Save(task.ProcessId, task.Record.RootDirectory, options);
        request.Configure(task.Record.Annotations);

        // Through version 1's freezer CRIU waits in vain now and then for a process that it stops there ("state D"); without
        // it the processes are stopped one by one. A paused container must be thawed through it, though.
        if (task.Cgroup?.DirectoryOf(CgroupControllers.Freezer, out bool unified) is string freezer && (unified || task.Cgroup.IsFrozen))
        {
            request.Freeze(freezer);
        }

        foreach ((string destination, string source) in
            ExternalMounts.List(spec, task.Record.RootDirectory, task.Record.BundleDirectory, task.Cgroup))
        {
            if (source != "/dev/null" || !IsDirectory(destination))
            {
                request.External($"mnt[{destination}]:{destination}");
            }
        }

        AddNamespace(request, spec, "network", "net", RestoredNamespaces.Network);
        AddNamespace(request, spec, "pid", "pid", RestoredNamespaces.Pid);
        if (!options.PreDump)
        {
            StreamList.Write(options.ImageDirectory, AddStreams(request));
        }

        CriuPlacement placement = new() { Descriptors = [images.Number, work.Number] };
        using CriuService criu = CriuService.Start(placement, null);
        CriuReply reply = criu.Ask(request, (_, _) => { });
        if (!reply.Success)
        {
            throw Failure($"The container '{task.Id}' cannot be saved", options, LogName, reply);
        }
    }

    /// <summary>Opens a directory, which is made when it does not exist.</summary>
    internal static FileDescriptor OpenDirectory(string path)
    {
        Errno error = HostFile.TryMakeDirectory(path, DirectoryMode);
        return error is Errno.None or Errno.Exist
            ? HostFile.Open(path, HostFile.ReadOnly | HostFile.Directory)
            : throw new LinuxException("mkdir", path, error);
    }

    /// <summary>Puts CRIU's failure into words.</summary>
    internal static HullException Failure(string subject, CriuSettings settings, string log, CriuReply reply)
    {
        string path = $"{settings.WorkDirectory ?? settings.ImageDirectory}/{log}";
        string reason = CriuService.LastError(path);
        reason = reason.Length > 0 ? reason : reply.Error;
        return new HullException(
            ErrorKind.FailedPrecondition,
            $"{subject}: criu failed{(reason.Length > 0 ? ": " + reason : "")} (the whole log is '{path}').");
    }

    // Masked directories are an empty file system of the container's own.
    private bool IsDirectory(string path) =>
        HostFile.TryStat($"/proc/{task.ProcessId}/root{path}", out HostFileStatus status) == Errno.None && status.IsDirectory;

    private void AddNamespace(CriuRequest request, RuntimeSpec spec, string type, string file, string name)
    {
        // A namespace that somebody else made is not saved: it is there again when the container comes back.
        if (RestoredNamespaces.PathOf(spec, type) is not null
            && HostFile.TryStat($"/proc/{task.ProcessId}/ns/{file}", out HostFileStatus status) == Errno.None)
        {
            request.External(string.Create(CultureInfo.InvariantCulture, $"{file}[{status.Inode}]:{name}"));
        }
    }

    // The streams that lead out of the container get the streams of whoever restores it instead.
    private List<string> AddStreams(CriuRequest request)
    {
        List<string> streams = [];
        for (int number = 0; number < 3; number++)
        {
            string link = new FileInfo($"/proc/{task.ProcessId}/fd/{number}").LinkTarget ?? "";
            string? file = link.StartsWith('/') ? OutsideFile(number) : null;
            if (file is not null)
            {
                request.External(file);
            }

            streams.Add(file ?? link);
        }

        return streams;
    }

    private string? OutsideFile(int number)
    {
        _ = KernelFile.ReadText($"/proc/{task.ProcessId}/fdinfo/{number}", out string facts);
        _ = KernelFile.ReadText($"/proc/{task.ProcessId}/mountinfo", out string mounts);
        const string Key = "mnt_id:";
        string? line = Array.Find(facts.Split('\n'), each => each.StartsWith(Key, StringComparison.Ordinal));
        if (line is null || !int.TryParse(line.AsSpan(Key.Length).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int mount)
            || HostFile.TryStat($"/proc/{task.ProcessId}/fd/{number}", out HostFileStatus status) != Errno.None)
        {
            return null;
        }

        // What lies on a mount of the container itself goes into the image.
        bool inside = Array.Exists(mounts.Split('\n'), each => each.StartsWith(mount.ToString(CultureInfo.InvariantCulture) + " ", StringComparison.Ordinal));
        return inside ? null : string.Create(CultureInfo.InvariantCulture, $"file[{mount:x}:{status.Inode:x}]");
    }
}
