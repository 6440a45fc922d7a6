using System.Diagnostics;
using Hull.Runtime.Container.Tests.Host;

namespace Hull.Runtime.Container.Tests.Clients;

/// <summary>Debian's containerd runs real work with hull-oci.</summary>
public sealed class ContainerdTests : IDisposable
{
    private const string Program = "/usr/bin/containerd";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hull-client-");
    private Process? _daemon;

    [Fact]
    public void Containerd_WithHullOci_RunsExecutesAndPauses()
    {
        Start();

        string run = Container("run", "--rm", "one", "sh", "-c", "echo inside; exit 3").Returns(3);
        Container("run", "-d", "two", "sleep", "1000").Succeeds();

        // ctr gives up reading what a short program printed when it has not opened the pipe yet: the program leaves a file.
        Ctr("task", "exec", "--exec-id", "e", "two", "sh", "-c", "echo again > /again; exit 4").Returns(4);
        string processes = Ctr("task", "ps", "two").Succeeds();
        Ctr("task", "pause", "two").Succeeds();
        string paused = Ctr("task", "ls").Succeeds();
        Ctr("task", "resume", "two").Succeeds();
        Ctr("task", "kill", "-s", "KILL", "two").Succeeds();
        ClientCommand.Await(() => Ctr("task", "ls").Succeeds().Contains("STOPPED", StringComparison.Ordinal), "It did not stop.");
        Assert.Contains("137", Ctr("task", "rm", "two").Errors, StringComparison.Ordinal);
        Ctr("container", "rm", "two").Succeeds();

        Assert.Equal("inside\n", run);
        Assert.Equal("again\n", File.ReadAllText(_directory.FullName + "/root/again"));
        Assert.Equal(2, processes.TrimEnd().Split('\n').Length);
        Assert.Contains("PAUSED", paused, StringComparison.Ordinal);
        Assert.Equal("", Ctr("container", "ls", "-q").Succeeds());
    }

    [Fact]
    public void Containerd_WithLimits_SetsAndCountsThem()
    {
        Start();
        Container("run", "-d", "--memory-limit", "67108864", "--cpus", "0.5", "--cgroup", $"/{_directory.Name}/three", "three", "sleep", "1000").Succeeds();

        string metrics = Ctr("task", "metrics", "three").Succeeds();
        string limit = ClientCommand.Run(
            "/bin/sh",
            ["-c", $"cd /sys/fs/cgroup; cat memory/{_directory.Name}/three/memory.limit_in_bytes {_directory.Name}/three/memory.max 2>/dev/null"]).Output;
        Ctr("task", "rm", "-f", "three");
        Ctr("container", "rm", "three").Succeeds();

        Assert.Equal("67108864\n", limit);
        Assert.Contains("memory", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain(
            Directory.GetDirectories("/sys/fs/cgroup"), hierarchy => Directory.Exists($"{hierarchy}/{_directory.Name}/three"));
    }

    public void Dispose()
    {
        if (_daemon is not null)
        {
            ClientCommand.End(_daemon);
        }

        ClientCommand.RemoveCgroup(_directory.Name);
        _directory.Delete(recursive: true);
    }

    private string Socket => _directory.FullName + "/c.sock";

    private CommandResult Ctr(params ReadOnlySpan<string> arguments) => ClientCommand.Run("/usr/bin/ctr", ["-a", Socket, .. arguments]);

    private CommandResult Container(string command, params ReadOnlySpan<string> arguments)
    {
        int options = 0;
        while (arguments[options].StartsWith('-'))
        {
            options += arguments[options] is "-d" or "--rm" ? 1 : 2;
        }

        return Ctr(
            [command, "--runc-binary", OciProgram.Path, "--rootfs", .. arguments[..options], _directory.FullName + "/root", .. arguments[options..]]);
    }

    private void Start()
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && File.Exists(Program) && File.Exists("/usr/bin/busybox"), "This needs root, busybox-static and containerd.");
        Assert.SkipUnless(File.Exists(OciProgram.Path), "hull-oci was not built beside the tests.");
        ClientCommand.MakeRoot(_directory.FullName + "/root");
        File.WriteAllText(_directory.FullName + "/config.toml", $"""
            version = 2
            root = "{_directory.FullName}/cr"
            state = "{_directory.FullName}/cs"
            disabled_plugins = ["io.containerd.grpc.v1.cri"]
            [grpc]
              address = "{Socket}"
            [ttrpc]
              address = "{Socket}.ttrpc"
            """);
        _daemon = ClientCommand.StartDaemon($"{Program} -c {_directory.FullName}/config.toml", "containerd successfully booted");
    }
}
