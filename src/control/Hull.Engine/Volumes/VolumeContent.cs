using System.Text;
using Hull.Linux;
using Hull.Snapshot;
using Hull.Snapshot.Archiving;

namespace Hull.Engine.Volumes;

/// <summary>Fills an empty volume with what the image has at its target, as Docker does.</summary>
internal static class VolumeContent
{
    /// <summary>Copies; does nothing when the volume has content, or the image no directory at the target.</summary>
    /// <remarks>The copy is made beside the volume and takes its place at once: a killed process leaves it empty, never half full.</remarks>
    internal static void CopyUp(RootFilesystem root, string target, string volume)
    {
        using FileDescriptor image = Snapshots.Mount(root, writable: false);
        if (FileTree.OpenDirectory(image, Encoding.UTF8.GetBytes(target.TrimStart('/')), out FileDescriptor? source) != Errno.None)
        {
            return;
        }

        using (source)
        {
            string staged = $"{volume}.{Guid.NewGuid():N}";
            Directory.CreateDirectory(staged);
            bool done = false;
            try
            {
                using (FileDescriptor copy = FileTree.OpenRoot(staged))
                {
                    new TreeCopy().CopyContent(source!, copy, itself: true);
                }

                done = HostFile.TryRename(staged, volume) == Errno.None;
            }
            finally
            {
                if (!done)
                {
                    HostTree.Delete(staged);
                }
            }
        }
    }

    internal static bool IsEmpty(string volume) => !Directory.EnumerateFileSystemEntries(volume).Any();
}
