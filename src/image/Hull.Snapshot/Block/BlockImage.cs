using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hull.Linux;

namespace Hull.Snapshot.Block;

/// <summary>Writes a tree into a file as an ext4 file system, by the host's <c>mkfs.ext4</c>.</summary>
/// <remarks>
/// The tree becomes the directory <see cref="RootName"/> of the file system: so its root keeps its owner, mode and
/// attributes, which mkfs does not give to the file system's own, and sees no <c>lost+found</c>.
/// </remarks>
internal static class BlockImage
{
    /// <summary>The directory that is the tree.</summary>
    internal const string RootName = "root";

    private const long FreeBytes = 10L << 30;
    private const long Unit = 1L << 20;
    private const int CorrectedByCheck = 1;

    // Tables of a sparse file are zeros already; the journal has the size that a disk of a few gigabytes gets.
    private static readonly string[] s_options =
        ["-q", "-F", "-b", "4096", "-m", "0", "-J", "size=32", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard"];

    /// <summary>Makes the file, checks it and makes it durable.</summary>
    /// <param name="directory">An empty directory for the work.</param>
    /// <param name="file">The file; not there yet.</param>
    /// <param name="contentBytes">About how many bytes the tree has; the file system has room for twice as many and 10 GiB.</param>
    /// <param name="mount">Mounts the tree on a directory, in the calling thread's mount namespace.</param>
    /// <exception cref="HullException">It cannot be made.</exception>
    internal static void Make(string directory, string file, long contentBytes, Func<FileDescriptor, FileDescriptor> mount)
    {
        string parent = Path.Combine(directory, "tree");
        string place = Path.Combine(parent, RootName);
        Directory.CreateDirectory(place);
        long size = ((contentBytes * 2) + FreeBytes) / Unit * Unit;
        using (FileStream made = new(file, FileMode.CreateNew))
        {
            made.SetLength(size);
        }

        // Programs started from this thread see the mount; nobody else does.
        PrivateMounts.Run(() =>
        {
            using FileDescriptor target = FileTree.OpenRoot(place);
            using FileDescriptor tree = mount(target);
            _ = Run("mkfs.ext4", 0, [.. s_options, "-d", parent, file]);
        });
        _ = Run("e2fsck", CorrectedByCheck, ["-f", "-n", file]);
        using FileStream written = new(file, FileMode.Open, FileAccess.ReadWrite);
        written.Flush(flushToDisk: true);
    }

    private static string Run(string program, int maxStatus, string[] arguments)
    {
        ProcessStartInfo start = new(PathOf(program), arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start) ?? throw new UnreachableException();
            StringBuilder errors = new();
            process.ErrorDataReceived += (_, line) => errors.Append(line.Data).Append(' ');
            process.BeginErrorReadLine();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode <= maxStatus
                ? output
                : throw new HullException(
                    ErrorKind.Internal,
                    string.Create(CultureInfo.InvariantCulture, $"The image's disk cannot be made: '{program}' ended with {process.ExitCode}: {errors.ToString().Trim()}."));
        }
        catch (Win32Exception error)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"'--vm-root block' needs '{program}': install the package 'e2fsprogs'.", error);
        }
    }

    // Not on every user's path.
    private static string PathOf(string program) =>
        ((string[])["/usr/sbin", "/sbin"]).Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists) ?? program;
}
