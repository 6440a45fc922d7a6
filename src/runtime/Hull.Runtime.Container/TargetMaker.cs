using System.Text;
using Hull.Linux;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>Makes the place a mount goes onto when symbolic links of the image lead to where nothing is yet.</summary>
/// <remarks>Every step is resolved below the root's descriptor, so an image leads nowhere else, even one that changes meanwhile.</remarks>
internal static class TargetMaker
{
    private const int MostLinks = 40;
    private const uint DirectoryMode = 0x1ed;
    private const uint FileMode = 0x1a4;

    /// <summary>Makes what is missing, with the root's owner.</summary>
    /// <param name="root">Where <c>/</c> is.</param>
    /// <param name="path">The place.</param>
    /// <param name="directory">Whether it is to be a directory, not an empty file.</param>
    /// <exception cref="HullException">The links lead in circles, or the file system refuses.</exception>
    internal static void Make(FileDescriptor root, string path, bool directory)
    {
        Check(FileTree.Status(root, out FileStatus owner), path);
        Stack<string> rest = new(Enumerable.Reverse(path.Split('/')));
        List<string> done = [];
        int links = 0;
        while (rest.TryPop(out string? part))
        {
            if (part == ".." && done.Count > 0)
            {
                done.RemoveAt(done.Count - 1);
            }

            if (part is "" or "." or "..")
            {
                continue;
            }

            Check(FileTree.OpenDirectory(root, Encoding.UTF8.GetBytes(string.Join('/', done)), out FileDescriptor? parent), path);
            using (parent)
            {
                byte[] name = Encoding.UTF8.GetBytes(part);
                Errno error = FileTree.Status(parent!, name, out FileStatus status); // Opened without an error.
                if (error == Errno.None && status.Type == FileStatus.SymbolicLink)
                {
                    Follow(parent!, name, rest, done, path, ++links);
                    continue;
                }

                if (error == Errno.NoEnt)
                {
                    bool isLast = rest.All(later => later is "" or ".");
                    MakeOne(parent!, name, directory || !isLast, owner, path);
                }
                else
                {
                    Check(error, path);
                }
            }

            done.Add(part);
        }
    }

    private static void Follow(FileDescriptor parent, byte[] name, Stack<string> rest, List<string> done, string path, int links)
    {
        Check(links > MostLinks ? Errno.Loop : Errno.None, path);
        Check(FileTree.ReadLink(parent, name, out byte[] link), path);
        string target = Encoding.UTF8.GetString(link);
        if (target.StartsWith('/'))
        {
            done.Clear();
        }

        foreach (string part in Enumerable.Reverse(target.Split('/')))
        {
            rest.Push(part);
        }
    }

    private static void MakeOne(FileDescriptor parent, byte[] name, bool directory, FileStatus owner, string path)
    {
        if (directory)
        {
            Check(FileTree.MakeDirectory(parent, name, DirectoryMode), path);
        }
        else
        {
            Check(FileTree.CreateFile(parent, name, FileMode, out FileDescriptor? file), path);
            file!.Dispose(); // Made without an error.
        }

        Check(FileTree.SetOwner(parent, name, owner.Uid, owner.Gid), path);
    }

    private static void Check(Errno error, string path)
    {
        if (error != Errno.None)
        {
            throw new StepException($"The mount '{path}'", "make the place", error);
        }
    }
}
