using System.Text;
using Hull.Linux;

namespace Hull.Engine;

/// <summary>Deletes directories whose content a container wrote: no link in them is followed.</summary>
internal static class HostTree
{
    private const int Attempts = 5;

    /// <summary>Bytes of the files below a directory; 0 when there is none. Links are not followed.</summary>
    internal static long SizeOf(string directory)
    {
        if (!Directory.Exists(directory))
        {
            return 0;
        }

        long bytes = 0;
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles("*", options))
        {
            bytes += file.Exists ? file.Length : 0;
        }

        return bytes;
    }

    internal static void Delete(string path)
    {
        string full = Path.GetFullPath(path).TrimEnd('/');
        string parent = Path.GetDirectoryName(full) ?? "/";
        if (!Directory.Exists(parent))
        {
            return;
        }

        using FileDescriptor directory = FileTree.OpenRoot(parent);
        Errno error;
        try
        {
            error = FileTree.RemoveTree(directory, Encoding.UTF8.GetBytes(Path.GetFileName(full)));
        }
        catch (LinuxException failure) when (failure.Error == Errno.NoEnt)
        {
            // Somebody else, such as an ending supervisor, removed it at the same time; what it left is ours.
            error = FileTree.RemoveTree(directory, Encoding.UTF8.GetBytes(Path.GetFileName(full)));
        }

        // Somebody who has just looked for its lock made that anew.
        for (int attempt = 0; attempt < Attempts && error == Errno.NotEmpty; attempt++)
        {
            error = FileTree.RemoveTree(directory, Encoding.UTF8.GetBytes(Path.GetFileName(full)));
        }

        if (error is not (Errno.None or Errno.NoEnt))
        {
            throw new LinuxException("unlinkat", full, error);
        }
    }
}
