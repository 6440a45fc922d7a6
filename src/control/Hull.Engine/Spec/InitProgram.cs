using System.Runtime.InteropServices;

namespace Hull.Engine.Spec;

/// <summary>The small first process of <c>--init</c>: starts the program, passes signals on to it and reaps orphans.</summary>
/// <remarks>777 bytes of machine code, 16 KiB resident; see eng/init-x64.asm. Each container has a copy of its own.</remarks>
internal static class InitProgram
{
    /// <summary>Where a container sees it.</summary>
    internal const string Target = "/sbin/docker-init";

    private const string Name = "init";
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead
        | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>Where a container's copy is on the host.</summary>
    internal static string PathIn(string containerDirectory) => Path.Combine(containerDirectory, Name);

    /// <summary>Writes a container's copy.</summary>
    /// <exception cref="HullException">There is none for this host's processor.</exception>
    internal static void Write(string containerDirectory)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"The option '--init' is not supported on {RuntimeInformation.ProcessArchitecture}: leave it away.");
        }

        string path = PathIn(containerDirectory);
        if (File.Exists(path))
        {
            // It was made read-only, and an earlier start's may be running: a new file takes its name.
            File.Delete(path);
        }

        using FileStream file = new(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = Executable,
        });
        file.Write(InitCode.X64);
        File.SetUnixFileMode(file.SafeFileHandle, Executable);
    }
}
