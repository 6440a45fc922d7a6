using System.Text;
using Hull.Linux;

namespace Hull.Cli;

/// <summary>Paths of the host that somebody typed.</summary>
internal static class PathArgument
{
    /// <summary>The path, which is not empty.</summary>
    /// <exception cref="HullException">It is.</exception>
    internal static string Require(string path) => path.Length > 0
        ? path
        : throw new HullException(ErrorKind.InvalidArgument, "The name of a file is empty.");

    /// <summary>Whether something is there that is no plain file: a device, a pipe, a directory, a link to whatever.</summary>
    internal static bool IsSpecial(string path)
    {
        string full = Path.GetFullPath(path);
        if (!Directory.Exists(Path.GetDirectoryName(full)))
        {
            return false;
        }

        using FileDescriptor parent = FileTree.OpenRoot(Path.GetDirectoryName(full) ?? "/");
        return FileTree.Status(parent, Encoding.UTF8.GetBytes(Path.GetFileName(full)), out FileStatus status) == Errno.None
            && status.Type != FileStatus.Regular;
    }
}
