namespace Hull.System.Tests;

/// <summary>A host that is not as it should be: libraries, files of Hull's own, full outputs. One sentence each, never a stack trace.</summary>
public sealed class HostFaultTests : IDisposable
{
    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Program_WithoutItsLibrary_SaysSo()
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HULL_BIN") is not null, "Needs the published programs (HULL_BIN).");
        string directory = Directory.CreateDirectory(Path.Combine(_hull.HomeDirectory, "bin")).FullName;
        File.Copy(HullHost.Program, Path.Combine(directory, "hull"));

        HullResult result = _hull.RunUnder(["/bin/sh", "-c", $"exec {directory}/hull ps", "sh"]);

        result.FailsWith(125, "install Hull again");
    }

    [Fact]
    public void OutputThatIsFull_IsAFailure()
    {
        HullHost.RequireRoot();

        HullResult result = _hull.RunUnder(["/bin/sh", "-c", "exec \"$@\" >/dev/full", "sh"], "image", "ls");

        result.FailsWith(1, "no space left");
    }

    [Fact]
    public void RecordOfAContainer_ThatIsDamaged_IsNamed()
    {
        HullHost.RequireRoot();
        string id = _hull.Run("create", "--name", "c", "busybox", "true").Succeeds().Trim();
        _hull.Run("start", "-a", "c").Succeeds();
        string file = Path.Combine(_hull.Root, "containers", id, "status.json");

        File.WriteAllText(file, "{\"spec\": [");

        string error = _hull.Inspect("c", "{{.State.Error}}");
        Assert.Contains("is damaged", error, StringComparison.Ordinal);
        Assert.Contains(file, error, StringComparison.Ordinal);
        _hull.Run("rm", "c").Succeeds();
    }

    [Fact]
    public void Lists_WhileAContainerRunsAndAnotherIsMade_Answer()
    {
        HullHost.RequireRoot();
        LocalRegistry.Require();
        _hull.Run("run", "-d", "--name", "up", "busybox", "sleep", "1000").Succeeds();

        // A registry that takes the connection and never answers: a pull that goes on for as long as the test wants.
        using global::System.Net.Sockets.TcpListener silent = new(global::System.Net.IPAddress.Loopback, 0);
        silent.Start();
        string image = $"{silent.LocalEndpoint}/never:1";
        using global::System.Diagnostics.Process pull = _hull.Start("run", "--rm", image, "true");
        using global::System.Net.Sockets.TcpClient connection = silent.AcceptTcpClient();

        Assert.Equal("up\n", _hull.Run("ps", "--format", "{{.Names}}").Succeeds());
        Assert.Contains("busybox", _hull.Run("image", "ls").Succeeds(), StringComparison.Ordinal);
        _hull.Run("run", "--rm", "busybox", "true").Succeeds();
        _hull.Run("tag", "busybox", "other:1").Succeeds();
        _hull.Run("rmi", "other:1").Succeeds();
        _hull.Run("stop", "-t", "0", "up").Succeeds();
        Assert.False(pull.HasExited);

        pull.Kill();
        pull.WaitForExit();
    }
}
