using Hull.Linux;

namespace Hull.Cli;

/// <summary>Where an archive goes: standard output, or a file that appears under its name when it is whole.</summary>
internal static class ArchiveTarget
{
    /// <summary>Lets a caller write an archive.</summary>
    /// <param name="path">The file; null for standard output. What is there already stays until the new one is whole.</param>
    /// <param name="write">Gets the stream; when it throws, nothing of the file stays.</param>
    internal static void Write(string? path, Action<Stream> write)
    {
        if (path is null)
        {
            if (Terminal.IsTerminal(FileDescriptor.Borrow(1)))
            {
                throw new UsageException("An archive does not go to a terminal: use -o FILE or redirect standard output.");
            }

            using Stream output = Console.OpenStandardOutput();
            write(output);
            return;
        }

        string target = PathArgument.Require(path);
        if (PathArgument.IsSpecial(target))
        {
            // A pipe or device has no half states, and its name must stay its own.
            using FileStream direct = new(target, FileMode.Open, FileAccess.Write);
            write(direct);
            return;
        }

        string staged = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(target)) ?? "/", $".{Path.GetRandomFileName()}.hull");
        try
        {
            using (FileStream file = new(staged, FileMode.CreateNew, FileAccess.Write))
            {
                write(file);
            }

            File.Move(staged, target, overwrite: true);
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
    }
}
