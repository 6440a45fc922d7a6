using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Hull.Benchmarks.Peers;

/// <summary>Runs one whole process and measures it from outside.</summary>
internal static unsafe partial class Spawn
{
    private const int Interrupted = 4;
    private const int FileActionsBytes = 128;
    private const int ReadWrite = 2;

    private static readonly string[] s_environment =
        [.. Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(each => $"{each.Key}={each.Value}")];

    /// <summary>Runs a program with its streams on <c>/dev/null</c>, and waits.</summary>
    internal static Sample Run(params IReadOnlyList<string> command)
    {
        nint[] arguments = Pointers(command);
        nint[] environment = Pointers(s_environment);

        // SAFETY: the buffer is larger than posix_spawn_file_actions_t (80 bytes in glibc); the arrays end with null and outlive the call.
        byte* actions = stackalloc byte[FileActionsBytes];
        try
        {
            _ = posix_spawn_file_actions_init(actions);
            for (int stream = 0; stream <= 2; stream++)
            {
                _ = posix_spawn_file_actions_addopen(actions, stream, "/dev/null", ReadWrite, 0);
            }

            long start = Stopwatch.GetTimestamp();
            int pid = 0;
            int error = posix_spawnp(ref pid, command[0], actions, 0, arguments, environment);
            if (error != 0)
            {
                throw new InvalidOperationException($"'{command[0]}' could not be started (errno {error}).");
            }

            int status = 0;
            ResourceUsage usage = default;
            while (wait4(pid, ref status, 0, ref usage) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
            }

            return new Sample(Stopwatch.GetElapsedTime(start).TotalMilliseconds, usage.CpuMilliseconds, (status >> 8) & 0xff);
        }
        finally
        {
            _ = posix_spawn_file_actions_destroy(actions);
            Free(arguments);
            Free(environment);
        }
    }

    private static nint[] Pointers(IReadOnlyList<string> strings) =>
        [.. strings.Select(Marshal.StringToCoTaskMemUTF8), 0];

    private static void Free(nint[] pointers)
    {
        foreach (nint pointer in pointers)
        {
            Marshal.FreeCoTaskMem(pointer);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawnp(ref int pid, string file, byte* actions, nint attributes, nint[] argv, nint[] envp);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(byte* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(byte* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(byte* actions, int fd, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int wait4(int pid, ref int status, int options, ref ResourceUsage usage);

    /// <summary>struct rusage, 144 bytes. Source: getrusage(2).</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct ResourceUsage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;

        internal readonly double CpuMilliseconds =>
            ((UserSeconds + SystemSeconds) * 1e3) + ((UserMicroseconds + SystemMicroseconds) / 1e3);
    }
}
