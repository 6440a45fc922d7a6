using System.Globalization;

namespace Hull.System.Tests;

/// <summary>Containers whose first process is Hull's init.</summary>
public sealed class InitTests : IDisposable
{
    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Theory]
    [InlineData(0, "true")]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(137, "sh", "-c", "kill -9 $$")]
    [InlineData(127, "nosuch")]
    [InlineData(126, "/etc/passwd")]
    public void Init_EndsAsTheProgramDoes(int code, params string[] command)
    {
        HullHost.RequireRoot();

        Assert.Equal(code, _hull.Run(["run", "--rm", "--init", "busybox", .. command]).ExitCode);
    }

    [Fact]
    public void Init_IsProcessOneAndReapsOrphans()
    {
        HullHost.RequireRoot();

        // The inner shell ends at once: its child goes to process 1, ends, and must not stay as a zombie.
        string output = _hull.Run(
            "run", "--rm", "--init", "busybox", "sh", "-c",
            "cat /proc/1/cmdline | tr '\\0' ' '; echo; sh -c 'sh -c \"exit 0\" &'; timeout 60 sh -c \"while grep -q '^State:.Z' /proc/[0-9]*/status 2>/dev/null; do :; done\" && echo $$ clean").Succeeds();

        Assert.StartsWith("/sbin/docker-init -- sh -c", output, StringComparison.Ordinal);
        Assert.EndsWith(" clean\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n1 clean", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Init_PassesSignalsOn_AndIsSmall()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--init", "--name", "i", "busybox", "sh", "-c", "trap 'exit 5' TERM; touch /ready; while :; do sleep 0.1; done").Succeeds();
        _hull.Run("exec", "i", "sh", "-c", "until test -e /ready; do :; done").Succeeds();
        int pid = int.Parse(_hull.Inspect("i", "{{.State.Pid}}"), CultureInfo.InvariantCulture);
        string resident = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS", StringComparison.Ordinal));

        _hull.Run("stop", "i").Succeeds();

        Assert.Equal("5", _hull.Inspect("i", "{{.State.ExitCode}}"));
        Assert.True(int.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) <= 64, resident);
        Assert.Equal("true", _hull.Inspect("i", "{{.HostConfig.Init}}"));
        Assert.DoesNotContain("sbin", _hull.Run("diff", "i").Succeeds(), StringComparison.Ordinal);
    }
}
