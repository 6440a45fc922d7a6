using System.Diagnostics;
using Hull.Runtime.Container.Tests.Host;

namespace Hull.Runtime.Container.Tests.Clients;

/// <summary>Debian's dockerd with hull-oci as its default runtime, in folders and namespaces of its own.</summary>
/// <remarks>
/// Its process namespace ends everything it started, its mount namespace takes its mounts along, and its network
/// namespace keeps its firewall away from the host's.
/// </remarks>
public sealed class DockerDaemon : IDisposable
{
    /// <summary>The image that is there from the start.</summary>
    public const string Image = "hulltest:1";

    private const string Client = "/usr/bin/docker";
    private const string Program = "/usr/sbin/dockerd";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hull-docker-");
    private readonly string _cgroup = "hulltest-docker-" + Guid.NewGuid().ToString("N")[..12];
    private Process? _process;
    private bool _hasImage;

    /// <summary>Where tests may put files; dockerd reads nothing here by itself.</summary>
    internal string WorkDirectory => _directory.FullName;

    /// <summary>Starts it where it does not run yet, and skips the test where it cannot.</summary>
    internal void Require()
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && File.Exists(Program) && File.Exists(Client) && File.Exists("/usr/bin/busybox"),
            "This needs root, busybox-static and docker.io.");
        Assert.SkipUnless(File.Exists(OciProgram.Path), "hull-oci was not built beside the tests.");
        if (!_hasImage)
        {
            Assert.True(_process is null, "dockerd or its image failed before.");
            Start();
            ClientCommand.MakeRoot(WorkDirectory + "/image");
            ClientCommand.Run("/bin/sh", ["-c", $"tar -C {WorkDirectory}/image -c . | {Client} -H {Socket} import - {Image}"]).Succeeds();
            _hasImage = true;
        }
    }

    /// <summary>Runs a command of the client.</summary>
    internal CommandResult Docker(params string[] arguments) => DockerWithInput(null, arguments);

    /// <summary>Runs a command of the client with something on standard input.</summary>
    internal CommandResult DockerWithInput(string? input, params string[] arguments) => ClientCommand.Run(
        Client,
        ["-H", Socket, .. arguments],
        new Dictionary<string, string> { ["DOCKER_CONFIG"] = WorkDirectory, ["DOCKER_BUILDKIT"] = "0" },
        input);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is not null)
        {
            ClientCommand.End(_process);
        }

        ClientCommand.RemoveCgroup(_cgroup);
        _directory.Delete(recursive: true);
    }

    private string Socket => $"unix://{WorkDirectory}/docker.sock";

    private void Start()
    {
        File.WriteAllText(WorkDirectory + "/daemon.json", "{}");
        string options = $"--config-file {WorkDirectory}/daemon.json --data-root {WorkDirectory}/root --exec-root {WorkDirectory}/exec "
            + $"-H {Socket} -p {WorkDirectory}/docker.pid --iptables=false --ip6tables=false --bridge=none --storage-driver vfs "
            + $"--exec-opt native.cgroupdriver=cgroupfs --cgroup-parent /{_cgroup} --add-runtime hull={OciProgram.Path} --default-runtime hull";

        _process = ClientCommand.StartDaemon($"{Program} {options}", "API listen on");
    }
}
