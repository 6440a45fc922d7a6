using Hull.Linux;
using Hull.Runtime;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Files;

namespace Hull.Engine.Containers;

/// <content>Files in and out of containers whose files only their guest sees.</content>
public sealed partial class ContainerService
{
    // Only while it runs: the files of one that does not are the host's again.
    private ITask? OpenTransfer(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (view.Row.Settings.Isolation == Settings.ContainerSettings.Container)
        {
            return null;
        }

        RequireSettled(view);
        if (!view.IsRunning)
        {
            return null;
        }

        ITask task = AttachTaskAsync(view, CancellationToken.None).GetAwaiter().GetResult();
        if (task is IFileTransfer)
        {
            return task;
        }

        task.Dispose();
        return null;
    }

    // Between the two its files are neither the host's nor yet the guest's to give.
    private static void RequireSettled(ContainerView view)
    {
        if (view.IsStarting || (view.IsActive && !view.IsRunning))
        {
            throw NotRunning(view);
        }
    }

    private static long CopyIn(IFileTransfer guest, string hostPath, string path, FileCopyOptions options)
    {
        using FileDescriptor host = FileTree.OpenRoot("/");
        var from = FilePath.OfHost(hostPath);
        using FileSource source = FileSource.Open(host, from, options.FollowsLink);
        TransferredFile arrival = new(source.Name, source.Directory is not null, from.IsContent);
        long bytes = 0;
        guest.WriteFiles(path, arrival, (name, target) => bytes = FileCopier.Send(source, name, target, options));
        return bytes;
    }

    // The archive is the guest's word: it is unpacked where nothing is, and goes on from there as a container's files do.
    private long CopyOut(IFileTransfer guest, string path, string hostPath, FileCopyOptions options)
    {
        const string Place = "files";
        var from = FilePath.OfContainer(path);
        long bytes = 0;
        _images.Roots.Snapshots.WithStaging(staging =>
        {
            string archive = Path.Combine(staging, "archive");
            using (FileStream target = new(archive, FileMode.CreateNew))
            {
                guest.ReadFiles(path, options.FollowsLink, target);
            }

            string unpacked = Directory.CreateDirectory(Path.Combine(staging, Place)).FullName;
            using FileDescriptor root = FileTree.OpenRoot(unpacked);
            using FileDescriptor above = FileTree.OpenRoot(staging);
            using (FileStream source = File.OpenRead(archive))
            {
                Snapshot.Archiving.TreeArchive.ExtractPlain(source, root);
            }

            using FileDescriptor host = FileTree.OpenRoot("/");
            string[] entries = [.. FileTree.Names(root).Select(System.Text.Encoding.UTF8.GetString)];
            if (!from.IsContent && entries.Length != 1)
            {
                throw new HullException(ErrorKind.DataLoss, "The guest gave an impossible answer.");
            }

            var copied = FilePath.OfContainer(from.IsContent ? $"{Place}/." : $"{Place}/{entries[0]}{(from.IsDirectory ? "/" : "")}");
            bytes = FileCopier.Copy(above, copied, host, FilePath.OfHost(hostPath), options with { FollowsLink = false });
        });
        return bytes;
    }

    private static void WriteArchive(IFileTransfer guest, string path, Stream source)
    {
        using Stream plain = Decompression.Open(source, out _);
        guest.WriteFiles(path, null, (_, target) => plain.CopyTo(target));
    }
}
