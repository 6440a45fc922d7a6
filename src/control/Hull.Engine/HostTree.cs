using System.Text;
using Hull.Linux;

namespace Hull.Engine;

/// <summary>Deletes directories whose content a container wrote: no link in them is followed.</summary>
internal static class HostTree
{
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

        if (error is not (Errno.None or Errno.NoEnt))
        {
            throw new LinuxException("unlinkat", full, error);
        }
    }
}
