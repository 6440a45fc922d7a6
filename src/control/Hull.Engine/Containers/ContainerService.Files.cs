using System.Globalization;
using System.Text;
using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Engine.State;
using Hull.Linux;
using Hull.Runtime;
using Hull.Snapshot.Files;

namespace Hull.Engine.Containers;

/// <content>Files in and out of containers, running or not.</content>
public sealed partial class ContainerService
{
    private const uint DirectoryMode = 0x1ED;

    /// <summary>Copies a file or directory of the host into a container.</summary>
    /// <param name="view">The container.</param>
    /// <param name="hostPath">What; a trailing <c>/.</c> means a directory's content.</param>
    /// <param name="path">Where to, seen from the container's root.</param>
    /// <param name="options">How.</param>
    /// <returns>Bytes of files.</returns>
    /// <exception cref="HullException">Something cannot be read or written; what was copied stays.</exception>
    public long CopyIn(ContainerView view, string hostPath, string path, FileCopyOptions options)
    {
        using ITask? machine = OpenTransfer(view);
        if (machine is IFileTransfer guest)
        {
            return CopyIn(guest, hostPath, path, options);
        }

        using FileDescriptor host = FileTree.OpenRoot("/");
        long bytes = 0;
        WithFiles(view, root => bytes = FileCopier.Copy(host, FilePath.OfHost(hostPath), root, FilePath.OfContainer(path), options));
        return bytes;
    }

    /// <summary>Copies a file or directory of a container to the host.</summary>
    /// <param name="view">The container.</param>
    /// <param name="path">What, seen from the container's root; a trailing <c>/.</c> means a directory's content.</param>
    /// <param name="hostPath">Where to.</param>
    /// <param name="options">How.</param>
    /// <returns>Bytes of files.</returns>
    /// <exception cref="HullException">Something cannot be read or written; what was copied stays.</exception>
    public long CopyOut(ContainerView view, string path, string hostPath, FileCopyOptions options)
    {
        using ITask? machine = OpenTransfer(view);
        if (machine is IFileTransfer guest)
        {
            return CopyOut(guest, path, hostPath, options);
        }

        using FileDescriptor host = FileTree.OpenRoot("/");
        long bytes = 0;
        WithFiles(view, root => bytes = FileCopier.Copy(root, FilePath.OfContainer(path), host, FilePath.OfHost(hostPath), options));
        return bytes;
    }

    /// <summary>Writes a file or directory of a container as one uncompressed archive.</summary>
    /// <exception cref="HullException">It cannot be read, or the target cannot be written.</exception>
    public void ReadArchive(ContainerView view, string path, Stream target, FileCopyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using ITask? machine = OpenTransfer(view);
        if (machine is IFileTransfer guest)
        {
            guest.ReadFiles(path, options.FollowsLink, target);
            return;
        }

        WithFiles(view, root => FileCopier.Archive(root, FilePath.OfContainer(path), target, options));
    }

    /// <summary>Makes the files of an archive in a directory of a container, with the owners the archive names.</summary>
    /// <exception cref="HullException">The archive is damaged or hostile, or there is no such directory.</exception>
    public void WriteArchive(ContainerView view, string path, Stream source)
    {
        using ITask? machine = OpenTransfer(view);
        if (machine is IFileTransfer guest)
        {
            WriteArchive(guest, path, source);
            return;
        }

        WithFiles(view, root => FileCopier.Extract(source, root, FilePath.OfContainer(path)));
    }

    // A running container's files are seen through its own mounts; those of one that does not run are mounted for us
    // alone, and the lock keeps it from being started meanwhile.
    private void WithFiles(ContainerView view, Action<FileDescriptor> use)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (TryUseRunning(view, use))
        {
            return;
        }

        RequireFiles(view);
        using FileLock guard = LockOf(view.Row.Id);
        ContainerView now = Refresh(view);
        if (now.IsActive && now.Row.Settings.Isolation != ContainerSettings.Container)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The container '{now.Row.Name}' was started meanwhile: its guest has the files now; try again.");
        }

        if (!TryUseRunning(now, use))
        {
            PrivateMounts.Run(() => UseMounted(view.Row, use));
        }
    }

    private bool TryUseRunning(ContainerView view, Action<FileDescriptor> use)
    {
        if (!view.IsRunning || view.Record.Pid == NoPid || view.Row.Settings.Isolation != ContainerSettings.Container)
        {
            return false;
        }

        using PidFd? process = PidFd.TryOpen(view.Record.Pid);
        if (process is null || Refresh(view).Record.Pid != view.Record.Pid)
        {
            return false;
        }

        FileDescriptor root;
        try
        {
            root = FileTree.OpenRoot(string.Create(CultureInfo.InvariantCulture, $"/proc/{view.Record.Pid}/root"));
        }
        catch (LinuxException error) when (error.Error is Errno.NoEnt or Errno.Srch)
        {
            return false;
        }

        using (root)
        {
            if (process.Wait(0))
            {
                // What was opened may be another process's that got the number.
                return false;
            }

            use(root);
            return true;
        }
    }

    private void UseMounted(ContainerRow row, Action<FileDescriptor> use)
    {
        RootFilesystem root = _images.Roots.Get(row.Id);
        using FileDescriptor place = FileTree.OpenRoot(root.Path);
        using FileDescriptor top = Snapshot.Snapshots.Mount(root, writable: true, place);
        foreach (MountSettings mount in row.Settings.Mounts.Where(one => one.Kind != MountKind.Tmpfs).OrderBy(one => one.Target.Count(c => c == '/')))
        {
            AttachMount(top, _volumes.Resolve(mount, null));
        }

        if (row.Settings.Security.ReadOnlyRoot)
        {
            MountTree.MakeReadOnly(top, recursive: false, root.Path);
        }

        use(top);
    }

    private static void AttachMount(FileDescriptor root, ResolvedMount mount)
    {
        string[] names = mount.Settings.Target.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (Directory.Exists(mount.HostPath))
        {
            MakeDirectories(root, names);
        }

        byte[] target = Encoding.UTF8.GetBytes(string.Join('/', names));
        if (FileTree.OpenPlace(root, target, followLast: true, out FileDescriptor? place) != Errno.None)
        {
            // A file's place that the first start will make: nothing to see there yet.
            return;
        }

        using (place)
        {
            using FileDescriptor tree = MountTree.Copy(mount.HostPath, mount.Settings.Recursive);
            if (mount.Settings.ReadOnly)
            {
                MountTree.MakeReadOnly(tree, mount.Settings is { Recursive: true, WritableBelow: false }, mount.Settings.Target);
            }

            MountTree.Attach(tree, place!, mount.Settings.Target);
        }
    }

    // As the first start would: a container that never ran has no places for its mounts yet.
    private static void MakeDirectories(FileDescriptor root, string[] names)
    {
        for (int count = 1; count <= names.Length; count++)
        {
            byte[] parent = Encoding.UTF8.GetBytes(string.Join('/', names[..(count - 1)]));
            if (FileTree.OpenDirectory(root, parent, out FileDescriptor? directory) != Errno.None)
            {
                return;
            }

            using (directory)
            {
                _ = FileTree.MakeDirectory(directory!, Encoding.UTF8.GetBytes(names[count - 1]), DirectoryMode);
            }
        }
    }
}
