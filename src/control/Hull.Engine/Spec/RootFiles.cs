using System.Text;
using Hull.Linux;

namespace Hull.Engine.Spec;

/// <summary>Reads small files of a container's root without mounting it: the layers are asked from the top.</summary>
/// <remarks>
/// Paths are resolved inside each layer (openat2, RESOLVE_IN_ROOT), so a hostile image cannot point at the host. A link
/// from one layer into another is not followed.
/// </remarks>
internal static class RootFiles
{
    private const int MaxBytes = 4 * 1024 * 1024;

    /// <summary>Where a symbolic link points; null when the path is none in the topmost layer that has it.</summary>
    internal static string? ReadLink(RootFilesystem root, string path)
    {
        byte[] folder = Encoding.UTF8.GetBytes(Path.GetDirectoryName(path)!.TrimStart('/'));
        byte[] name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        foreach (string layer in LayersOf(root))
        {
            using FileDescriptor top = FileTree.OpenRoot(layer);
            if (FileTree.OpenDirectory(top, folder, out FileDescriptor? directory) != Errno.None || directory is null)
            {
                continue;
            }

            using (directory)
            {
                if (FileTree.Status(directory, name, out _) == Errno.None)
                {
                    return FileTree.ReadLink(directory, name, out byte[] target) == Errno.None ? Encoding.UTF8.GetString(target) : null;
                }
            }
        }

        return null;
    }

    internal static string[] ReadLines(RootFilesystem root, string path)
    {
        byte[] name = Encoding.UTF8.GetBytes(path.TrimStart('/'));
        foreach (string layer in LayersOf(root))
        {
            using FileDescriptor directory = FileTree.OpenRoot(layer);
            Errno error = FileTree.OpenFile(directory, name, out FileDescriptor? file);
            if (error == Errno.Inval)
            {
                // A whiteout, or anything else that is no file, hides the file in the layers below.
                return [];
            }

            using (file)
            {
                if (error == Errno.None)
                {
                    return Lines(file!); // Opened without an error.
                }
            }
        }

        return [];
    }

    private static IEnumerable<string> LayersOf(RootFilesystem root) =>
        root.Lower.Count == 0 ? [root.Path] : root.Upper is null ? root.Lower : [root.Upper, .. root.Lower];

    private static string[] Lines(FileDescriptor file)
    {
        using MemoryStream content = new();
        byte[] buffer = new byte[16 * 1024];
        int count;
        while ((count = DescriptorIo.Read(file, buffer)) > 0 && content.Length < MaxBytes)
        {
            content.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length).Split('\n');
    }
}
