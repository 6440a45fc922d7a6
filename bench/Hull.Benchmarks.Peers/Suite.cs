using System.Diagnostics;
using System.Globalization;
using Hull.Snapshot.Compression;

namespace Hull.Benchmarks.Peers;

/// <summary>Runs the named cases, or all, against the peers that are installed, in one process after another.</summary>
internal static class Suite
{
    private const string InnerMark = "HULL_BENCH_INNER";

    private static readonly ICase[] s_cases =
        [new OciRunCase(), new OciLifeCase(), new MemoryLimitCase(), new EngineRunCase(), new SupervisorCase(), new FleetCase(), new LayerUnpackCase(CompressionKind.Gzip), new LayerUnpackCase(CompressionKind.Zstd), new ScaleCase(),
            new MachineBootCase(), new MachineProgramsCase(), new MachineMemoryCase(), new MachineIoCase()];

    /// <param name="args">The directory of Hull's programs, then names of cases.</param>
    internal static int Run(string[] args)
    {
        if (args.Any(word => word is "--help" or "-h"))
        {
            Help.Write(Console.Out, s_cases);
            return 0;
        }

        if (args.Length == 0 || !File.Exists(Path.Combine(args[0], "hull-oci")))
        {
            Console.Error.WriteLine("Usage: ./dev bench [NAME...]");
            return 2;
        }

        ICase[] chosen = args.Length == 1 ? s_cases : [.. s_cases.Where(each => args.Skip(1).Contains(each.Name))];
        if (chosen.Length == 0)
        {
            Console.Error.WriteLine($"bench: There is no case of that name; there are {string.Join(", ", s_cases.Select(each => each.Name))}.");
            return 2;
        }

        return Environment.GetEnvironmentVariable(InnerMark) is null ? RunInPrivateMounts(args) : RunCases(chosen, args[0]);
    }

    // crun refuses a host whose v2 mount carries controllers beside v1: every peer, and Hull, runs in a mount namespace without it.
    private static int RunInPrivateMounts(string[] args)
    {
        const string Script = "umount -l /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"";
        ProcessStartInfo start = new(
            "unshare", ["--mount", "--propagation", "private", "sh", "-c", Script, "sh", Environment.ProcessPath ?? "", .. args]);
        start.Environment[InnerMark] = "1";
        using Process? inner = Process.Start(start);
        inner?.WaitForExit();
        return inner?.ExitCode ?? 1;
    }

    private static int RunCases(ICase[] cases, string programs)
    {
        // Podman takes a path for a reference, which may have no capital letters.
        DirectoryInfo scratch = Directory.CreateDirectory(Path.Combine(
            Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"hull-bench-{Environment.ProcessId}")));
        try
        {
            Context context = new(programs, scratch.FullName);
            foreach (ICase each in cases)
            {
                Console.WriteLine($"\n## {each.Name}: {each.Question}");
                each.Run(context);
            }

            return 0;
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }
}
