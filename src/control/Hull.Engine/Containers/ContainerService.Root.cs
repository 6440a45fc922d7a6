using Hull.Image;
using Hull.Linux;
using Hull.Oci.Image;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Compression;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>What a container did to its root.</content>
public sealed partial class ContainerService
{
    // What the runtime makes in a root to mount on, deepest first: not the container's own doing.
    private static readonly string[] s_mountPoints =
    [
        "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/dev/console", "/dev/mqueue", "/dev/pts", "/dev/shm", "/sys/fs/cgroup",
        "/sys/fs", Spec.InitProgram.Target, "/sbin", "/etc", "/dev", "/proc", "/sys",
    ];

    /// <summary>Bytes of the files a container wrote to its own layer.</summary>
    public long OwnBytes(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (view.Row.Settings.HasRootDisk)
        {
            FileInfo disk = new(_images.Roots.Snapshots.DiskOf(ContainerId.Parse(view.Row.Id)));
            return disk.Exists ? disk.Length : 0;
        }

        return _images.Roots.Snapshots.Find(ContainerId.Parse(view.Row.Id))?.Upper is { } upper ? HostTree.SizeOf(upper) : 0;
    }

    /// <summary>Bytes of the files a container sees: its own and its image's.</summary>
    public long RootBytes(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return OwnBytes(view) + (_images.Store.List().FirstOrDefault(entry => entry.Id.ToString() == view.Row.ImageId) is { } entry
            ? _images.SizeOf(entry)
            : 0);
    }

    /// <summary>What a container changed in its image's files.</summary>
    public IReadOnlyList<FileChange> Changes(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        RequireFiles(view);
        return _images.Roots.Snapshots.Changes(ContainerId.Parse(view.Row.Id), s_mountPoints);
    }

    /// <summary>Writes a container's root, without its volumes, as one archive.</summary>
    /// <remarks>Of one that runs, each file is as it is when its turn comes.</remarks>
    /// <exception cref="HullException">It cannot be read, or the target cannot be written.</exception>
    public void Export(ContainerView view, Stream target)
    {
        ArgumentNullException.ThrowIfNull(view);
        RequireFiles(view);
        using FileLock held = Hold(view);
        _images.Roots.Snapshots.Export(ContainerId.Parse(view.Row.Id), target, s_mountPoints);
        Publish("export", view.Row);
    }

    /// <summary>Makes an image of a container's image and what the container changed.</summary>
    /// <param name="view">The container.</param>
    /// <param name="name">The new image's name; null for none.</param>
    /// <param name="author">Who made it.</param>
    /// <param name="message">What the history says.</param>
    /// <param name="change">Changes how the image is run.</param>
    /// <param name="pause">Whether a container that runs is frozen meanwhile, so that its files fit together.</param>
    /// <exception cref="HullException">The root cannot be read, or the store cannot be written.</exception>
    public LocalImage Commit(
        ContainerView view, ImageReference? name, string author, string message, Func<ContainerConfig, ContainerConfig> change, bool pause)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(change);
        RequireFiles(view);
        using FileLock held = Hold(view);
        bool pauses = pause && Refresh(view).Record.State == TaskState.Running;
        if (pauses)
        {
            Pause(view);
        }

        try
        {
            return CommitNow(view, name, author, message, change);
        }
        finally
        {
            if (pauses)
            {
                TryUnpause(view);
            }
        }
    }

    // Whoever removes or starts it waits until its files were read: half of them would look like all.
    private FileLock Hold(ContainerView view)
    {
        FileLock? held = null;
        try
        {
            held = FileLock.Shared(Path.Combine(Paths.ContainerDirectory(view.Row.Id), LockName));
        }
        catch (DirectoryNotFoundException)
        {
            // It has just been removed.
        }

        if (held is not null && _store.FindById(view.Row.Id) is { Phase: State.ContainerPhase.Ready })
        {
            return held;
        }

        held?.Dispose();
        throw new HullException(ErrorKind.NotFound, $"The container '{view.Row.Name}' is being removed.");
    }

    // It may have been killed, or thawed by somebody else: that is not the failure to tell of.
    private void TryUnpause(ContainerView view)
    {
        try
        {
            Unpause(view);
        }
        catch (HullException)
        {
            // Nothing is frozen any more.
        }
    }

    // The host reads no file system that a guest wrote: it could be made to break the host's kernel.
    private static void RequireFiles(ContainerView view)
    {
        if (view.Row.Settings.HasRootDisk)
        {
            throw new HullException(
                ErrorKind.Unimplemented,
                $"The files of '{view.Row.Name}' are on a disk of its machine, which the host does not read; use '--vm-root share' for diff, commit, export and cp.");
        }
    }

    private LocalImage CommitNow(
        ContainerView view, ImageReference? name, string author, string message, Func<ContainerConfig, ContainerConfig> change)
    {
        LocalImage parent = _images.Get(view.Row.ImageId, null);
        DateTimeOffset now = _options.Clock.GetUtcNow();
        Settings.ContainerSettings settings = view.Row.Settings;
        ContainerConfig config = (parent.Config.Config ?? new ContainerConfig()) with
        {
            Env = settings.Environment,
            Cmd = settings.Command,
            Entrypoint = settings.Entrypoint is { Count: > 0 } ? settings.Entrypoint : null,
            User = settings.User,
            WorkingDir = settings.WorkingDirectory,
            Labels = settings.Labels,
        };
        ImageConfig image = parent.Config with
        {
            Created = now,
            Author = author.Length > 0 ? author : parent.Config.Author,
            Config = change(config),
            History =
            [
                .. parent.Config.History ?? [],
                new HistoryEntry { Created = now, CreatedBy = string.Join(' ', settings.Command ?? []), Author = author, Comment = message },
            ],
        };
        LocalImage made = RootImporter.Commit(
            _images.Roots.Snapshots, ContainerId.Parse(view.Row.Id), _images.Store, parent, name, image, CompressionKind.Gzip, s_mountPoints);
        Publish("commit", view.Row);
        return made;
    }
}
