using System.Globalization;
using Hull.Linux;
using Hull.Runtime.MicroVm;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Files;
using Microsoft.Win32.SafeHandles;

namespace Hull.Guest;

/// <summary>Packs and unpacks files of the container, as it sees them: with its mounts.</summary>
internal static class FileTransfer
{
    /// <summary>Writes an archive to the output.</summary>
    internal static void Send(int processId, AgentRequest request, FileDescriptor output)
    {
        using FileDescriptor root = RootOf(processId);
        using FileStream target = StreamOf(output, FileAccess.Write);
        try
        {
            FileCopier.Archive(root, FilePath.OfContainer(request.Path ?? ""), target, new FileCopyOptions { FollowsLink = request.FollowsLink });
        }
        catch (IOException error)
        {
            // Process 1 must not end because the host reads no further.
            throw new HullException(ErrorKind.Unavailable, "The host reads no further.", error);
        }
    }

    /// <summary>Finds where files that arrive go.</summary>
    /// <param name="processId">The container's first process.</param>
    /// <param name="request">What arrives.</param>
    /// <param name="name">What their entry is to be called.</param>
    internal static FileDescriptor Find(int processId, AgentRequest request, out byte[] name)
    {
        using FileDescriptor root = RootOf(processId);
        var to = FilePath.OfContainer(request.Path ?? "");
        if (request.Arrival is { } arrival)
        {
            return FileCopier.FindPlace(root, to, arrival.Name, arrival.IsDirectory, arrival.IsContent, out name);
        }

        name = [];
        return FileCopier.OpenDirectory(root, to);
    }

    /// <summary>Makes the files of the archive that comes as input.</summary>
    internal static void Receive(FileDescriptor input, FileDescriptor directory)
    {
        using FileStream source = StreamOf(input, FileAccess.Read);
        TreeArchive.ExtractPlain(source, directory);
    }

    private static FileDescriptor RootOf(int processId) =>
        FileTree.OpenRoot(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/root"));

    private static FileStream StreamOf(FileDescriptor pipe, FileAccess access) =>
        new(new SafeFileHandle(pipe.Number, ownsHandle: false), access, 0);
}
