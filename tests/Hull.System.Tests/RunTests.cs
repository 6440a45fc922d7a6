namespace Hull.System.Tests;

/// <summary>Real containers: run, streams, exit codes, limits, removal; the same for every hull.</summary>
public class RunTests : IDisposable
{
    private readonly HullHost _hull;

    public RunTests()
        : this(HullHost.Container)
    {
    }

    protected RunTests(string isolation, string? vmRoot = null) => _hull = new HullHost(isolation, vmRoot: vmRoot);

    public void Dispose()
    {
        _hull.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Run_WithRemoval_PrintsAndLeavesNothing()
    {
        HullHost.RequireRoot();

        HullResult result = _hull.Run("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7");

        Assert.Equal((7, "out\n", "err\n"), (result.ExitCode, result.Output, result.Error));
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Run_WithInput_PassesEveryByteThrough()
    {
        HullHost.RequireRoot();
        string text = string.Concat(Enumerable.Range(0, 40_000).Select(i => $"line {i}\n"));

        HullResult result = _hull.RunWithInput(text, "run", "--rm", "-i", "busybox", "cat");

        Assert.Equal(text, result.Succeeds());
    }

    [Fact]
    public void Run_WithSettings_HasThemInside()
    {
        HullHost.RequireRoot();

        string output = _hull.Run(
            "run", "--rm", "-u", "user", "-e", "A=1", "-w", "/tmp", "--hostname", "box", "--read-only", "-v", $"{_hull.Root}:/seen:ro",
            "--tmpfs", "/scratch:size=1m", "--ulimit", "nofile=77", "--pids-limit", "50", "-m", "64m",
            "busybox", "sh", "-c", "id -u; echo $A; pwd; hostname; touch /x 2>/dev/null || echo ro; ls -d /seen /scratch; ulimit -n").Succeeds();

        Assert.Equal("1000\n1\n/tmp\nbox\nro\n/scratch\n/seen\n77\n", output);
    }

    [Theory]
    [InlineData(127, "not found", "run", "--rm", "busybox", "nosuchprogram")]
    [InlineData(126, "permission denied", "run", "--rm", "busybox", "/etc/passwd")]
    [InlineData(125, "nosuch", "run", "--rm", "--pull", "never", "nosuch", "true")]
    [InlineData(125, "user 'nosuch' cannot be found", "run", "--rm", "-u", "nosuch", "busybox", "true")]
    [InlineData(125, "too small", "run", "--rm", "-m", "1k", "busybox", "true")]
    [InlineData(125, "not a size", "run", "--rm", "-m", "lots", "busybox", "true")]
    [InlineData(125, "cpus", "run", "--rm", "--cpus", "9999", "busybox", "true")]
    [InlineData(125, "capability", "run", "--rm", "--cap-add", "NOSUCH", "busybox", "true")]
    [InlineData(125, "isolation", "run", "--rm", "--isolation", "nosuch", "busybox", "true")]
    [InlineData(125, "ports", "run", "--rm", "-p", "80:80", "busybox", "true")]
    [InlineData(125, "does not exist", "run", "--rm", "--mount", "type=bind,src=/no/such,dst=/x", "busybox", "true")]
    [InlineData(125, "--nosuch", "run", "--rm", "--nosuch", "busybox", "true")]
    public void Run_OfBadInput_SaysWhyAndLeavesNothing(int exitCode, string words, params string[] arguments)
    {
        HullHost.RequireRoot();

        _hull.Run(arguments).FailsWith(exitCode, words);

        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Run_WithTakenName_SaysWhoHasIt()
    {
        HullHost.RequireRoot();
        string id = _hull.Run("create", "--name", "twice", "busybox", "true").Succeeds().Trim();

        _hull.Run("run", "--name", "twice", "busybox", "true").FailsWith(125, id[..12]);
    }

    [Fact]
    public void Run_Twice_KeepsTheImageClean()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--rm", "busybox", "touch", "/made").Succeeds();

        Assert.Equal(1, _hull.Run("run", "--rm", "busybox", "test", "-e", "/made").ExitCode);
    }

    [Fact]
    public void Volume_ByName_OutlivesItsContainer()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--rm", "-v", "keep:/v", "busybox", "sh", "-c", "echo kept > /v/f").Succeeds();

        Assert.Equal("kept\n", _hull.Run("run", "--rm", "-v", "keep:/v", "busybox", "cat", "/v/f").Succeeds());
        Assert.Equal("keep\n", _hull.Run("volume", "ls", "-q").Succeeds());
    }
}
