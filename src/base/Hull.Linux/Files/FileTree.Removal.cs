using System.Text;

namespace Hull.Linux;

public static partial class FileTree
{
    private const int MaxRemovalDepth = 64;

    /// <summary>Removes a name with everything below it, without following any link. A missing name is no failure.</summary>
    /// <remarks>Takes any depth: what is nested deeply is moved up first, so neither stack nor descriptors run out.</remarks>
    public static Errno RemoveTree(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Errno error = Unlink(parent, name);
        if (error is Errno.None or Errno.NoEnt)
        {
            return Errno.None;
        }

        // unlink of a directory answers EISDIR on Linux and EPERM by POSIX.
        if (error is not (Errno.IsDir or Errno.Perm))
        {
            return error;
        }

        error = OpenDirectoryName(parent, name, out FileDescriptor? directory);
        if (error != Errno.None)
        {
            return error;
        }

        using (directory)
        {
            int moved = 0;
            IReadOnlyList<byte[]> children;
            while ((children = Names(directory!)).Count > 0)
            {
                foreach (byte[] child in children)
                {
                    error = RemoveBelow(directory!, child, directory!, ref moved, 0);
                    if (error != Errno.None)
                    {
                        return error;
                    }
                }
            }
        }

        return RemoveDirectory(parent, name);
    }

    private static Errno RemoveBelow(FileDescriptor parent, byte[] name, FileDescriptor top, ref int moved, int depth)
    {
        Errno error = Unlink(parent, name);
        if (error is Errno.None or Errno.NoEnt || error is not (Errno.IsDir or Errno.Perm))
        {
            return error == Errno.NoEnt ? Errno.None : error;
        }

        if (depth >= MaxRemovalDepth)
        {
            return MoveUp(parent, name, top, ref moved);
        }

        error = OpenDirectoryName(parent, name, out FileDescriptor? directory);
        if (error != Errno.None)
        {
            return error;
        }

        using (directory)
        {
            foreach (byte[] child in Names(directory!))
            {
                error = RemoveBelow(directory!, child, top, ref moved, depth + 1);
                if (error != Errno.None)
                {
                    return error;
                }
            }
        }

        return RemoveDirectory(parent, name);
    }

    private static Errno MoveUp(FileDescriptor parent, byte[] name, FileDescriptor top, ref int moved)
    {
        Errno error;
        do
        {
            error = RenameNew(parent, name, top, Encoding.ASCII.GetBytes($".hull-removed-{moved++}"));
        }
        while (error == Errno.Exist);

        return error;
    }
}
