using System.Diagnostics;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>Debian's Podman and containerd run real work with hull-oci.</summary>
public sealed class ClientTests : IDisposable
{
    private const string Limits = "--ulimit nofile=1024:1024 --ulimit nproc=1000:1000 --network none";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hull-client-");

    /// <summary>The program as it was built beside the tests, or as it is installed.</summary>
    internal static string Runtime { get; } = Checkout.Program("hull-oci");

    [Fact]
    public void Podman_WithHullOci_RunsExecutesAndStops()
    {
        SkipWithout("/usr/bin/podman");
        MakeRoot();
        Run("/bin/sh", $"-c \"tar -C {_directory.FullName}/root -c . | {Podman} import - hulltest:1\"");

        (int Code, string Output) run = Run("/bin/sh", $"-c \"{Podman} run --rm {Limits} hulltest:1 /bin/busybox sh -c 'echo inside; exit 3'\"");
        (int Code, string Output) missing = Run("/bin/sh", $"-c \"{Podman} run --rm {Limits} hulltest:1 nosuch\"");
        Run("/bin/sh", $"-c \"{Podman} run -d --name one {Limits} hulltest:1 /bin/busybox sleep 100\"");
        (int Code, string Output) exec = Run("/bin/sh", $"-c \"{Podman} exec one /bin/busybox sh -c 'echo again; exit 4'\"");
        (int Code, string Output) removed = Run("/bin/sh", $"-c \"{Podman} rm -f -t 0 one\"");

        Assert.Equal((3, "inside\n"), run);
        Assert.Equal(127, missing.Code);
        Assert.Equal((4, "again\n"), exec);
        Assert.Equal(0, removed.Code);
    }

    [Fact]
    public void Containerd_WithHullOci_RunsExecutesAndPauses()
    {
        SkipWithout("/usr/bin/containerd");
        MakeRoot();
        string socket = _directory.FullName + "/c.sock";
        File.WriteAllText(_directory.FullName + "/config.toml", $"""
            version = 2
            root = "{_directory.FullName}/cr"
            state = "{_directory.FullName}/cs"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{socket}"
            [ttrpc]
              address = "{socket}.ttrpc"
            """);
        using Process daemon = Process.Start(new ProcessStartInfo("/usr/bin/containerd", $"-c {_directory.FullName}/config.toml")
        {
            RedirectStandardError = true,
        })!;
        try
        {
            while (daemon.StandardError.ReadLine() is string line && !line.Contains("containerd successfully booted", StringComparison.Ordinal))
            {
            }

            _ = daemon.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            string ctr = $"timeout 60 ctr -a {socket}";
            string with = $"--runc-binary {Runtime} --rootfs {_directory.FullName}/root";

            (int Code, string Output) run = Run("/bin/sh", $"-c \"{ctr} run --rm {with} one /bin/busybox sh -c 'echo inside; exit 3'\"");
            Run("/bin/sh", $"-c \"{ctr} run -d {with} two /bin/busybox sleep 100\"");
            (int Code, string Output) exec = Run("/bin/sh", $"-c \"{ctr} task exec --exec-id e two /bin/busybox sh -c 'echo again; exit 4'\"");
            Run("/bin/sh", $"-c \"{ctr} task pause two\"");
            (int Code, string Output) paused = Run("/bin/sh", $"-c \"{ctr} task ls\"");
            Run("/bin/sh", $"-c \"{ctr} task resume two; {ctr} task rm -f two; {ctr} c rm two\"");

            Assert.Equal((3, "inside\n"), run);
            Assert.Equal((4, "again\n"), exec);
            Assert.Contains("PAUSED", paused.Output, StringComparison.Ordinal);
        }
        finally
        {
            daemon.Kill();
            daemon.WaitForExit();
        }
    }

    // What a client started to clean up after a container may still write here.
    public void Dispose() => Run("/bin/sh", $"-c \"timeout 20 sh -c 'until rm -rf {_directory.FullName} 2>/dev/null; do :; done'\"");

    private string Podman => $"TMPDIR={_directory.FullName} podman --root {_directory.FullName}/pr --runroot {_directory.FullName}/ps "
        + $"--tmpdir {_directory.FullName}/pt --storage-driver vfs --cgroup-manager cgroupfs --events-backend file --runtime {Runtime}";

    private static void SkipWithout(string program) => Assert.SkipUnless(
        Environment.IsPrivilegedProcess && File.Exists(program) && File.Exists("/usr/bin/busybox"), $"This needs root, busybox-static and {program}.");

    private static (int Code, string Output) Run(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private void MakeRoot()
    {
        Assert.SkipUnless(File.Exists(Runtime), "hull-oci was not built beside the tests.");
        Directory.CreateDirectory(_directory.FullName + "/root/bin");
        File.Copy("/usr/bin/busybox", _directory.FullName + "/root/bin/busybox");
    }
}
