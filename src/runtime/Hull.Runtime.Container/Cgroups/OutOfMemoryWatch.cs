using System.Globalization;
using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Tells when a cgroup ran out of memory.</summary>
/// <remarks>
/// Source: Documentation/admin-guide/cgroup-v1/memory.rst, "OOM Control"; cgroup-v2.rst, "memory.events". Version 1 rings an
/// eventfd, also when the cgroup is removed; version 2 changes files.
/// </remarks>
public sealed class OutOfMemoryWatch : IDisposable
{
    private readonly string _directory;
    private readonly EventFd? _bell;
    private readonly FileDescriptor? _control;
    private readonly FileWatch? _files;
    private ulong _kills;

    private OutOfMemoryWatch(string directory, EventFd? bell, FileDescriptor? control, FileWatch? files)
    {
        _directory = directory;
        _bell = bell;
        _control = control;
        _files = files;
        _kills = Kills();
    }

    /// <summary>Readable once <see cref="Take"/> may have something to tell.</summary>
    public FileDescriptor Descriptor => _bell?.Descriptor ?? _files!.Descriptor; // One of the two is always there.

    internal static OutOfMemoryWatch Start(string directory, bool unified)
    {
        if (!unified)
        {
            return StartLegacy(directory);
        }

        FileWatch files = new();
        try
        {
            files.Add(CgroupFile.PathOf(directory, "memory.events"));
            files.Add(CgroupFile.PathOf(directory, "cgroup.events"));
            return new OutOfMemoryWatch(directory, null, null, files);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    /// <summary>Takes what happened since the last call, without waiting.</summary>
    public OutOfMemoryEvent Take()
    {
        if (_bell is not null)
        {
            if (!_bell.TryTake())
            {
                return OutOfMemoryEvent.None;
            }

            return CgroupFile.Exists(_directory, "cgroup.event_control") ? OutOfMemoryEvent.OutOfMemory : OutOfMemoryEvent.Gone;
        }

        _ = _files!.TryTake(); // Without a bell there are files.
        ulong kills = Kills();
        if (kills > _kills)
        {
            _kills = kills;
            return OutOfMemoryEvent.OutOfMemory;
        }

        string events = CgroupFile.ReadText(_directory, "cgroup.events");
        return CgroupFile.ValueOf(events, "populated") is null or 0 ? OutOfMemoryEvent.Gone : OutOfMemoryEvent.None;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _bell?.Dispose();
        _control?.Dispose();
        _files?.Dispose();
    }

    private static OutOfMemoryWatch StartLegacy(string directory)
    {
        string path = CgroupFile.PathOf(directory, "memory.oom_control");
        Errno error = KernelFile.OpenForReading(path, out FileDescriptor? control);
        if (control is null)
        {
            throw new LinuxException("open", path, error);
        }

        EventFd bell = new();
        try
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"{bell.Descriptor.Number} {control.Number}");
            CgroupFile.Write(directory, "cgroup.event_control", line);
            return new OutOfMemoryWatch(directory, bell, control, null);
        }
        catch
        {
            bell.Dispose();
            control.Dispose();
            throw;
        }
    }

    private ulong Kills() => _files is null
        ? 0
        : CgroupFile.ValueOf(CgroupFile.ReadText(_directory, "memory.events"), "oom_kill") ?? 0;
}
