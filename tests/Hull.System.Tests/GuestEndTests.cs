namespace Hull.System.Tests;

/// <summary>Guests that end in the middle of their container, for real: one sentence each, the right exit code, nothing left.</summary>
public sealed class GuestEndTests : IDisposable
{
    private HullHost _hull = new(HullHost.Machine);

    public void Dispose() => _hull.Dispose();

    [Theory]
    [InlineData("echo o > /p/sysrq-trigger; sleep 1000", 255, "was switched off by its guest before its process ended\\.")]
    [InlineData("echo b > /p/sysrq-trigger; sleep 1000", 255, "was reset by its guest before its process ended\\.")]
    [InlineData("echo c > /p/sysrq-trigger", 255, "ended because its kernel panicked: 'sysrq triggered crash'\\.")]
    [InlineData(
        "/bin/busybox mount -t tmpfs -o size=300m t /q && echo 2 > /p/sys/vm/panic_on_oom; dd if=/dev/zero of=/q/x bs=65536", 137,
        "ended because its kernel ran out of memory: it has 192 MiB; give it more \\(-m\\)\\.")]
    public void Guest_ThatEndsItsMachine_IsOneSentence(string script, int code, string message)
    {
        HullResult result = _hull.Run(
            "run", "--name", "box", "-m", "32m", "--cap-add", "ALL", "busybox", "/bin/busybox", "sh", "-c",
            $"mkdir /p /q && /bin/busybox mount -t proc p /p && {script}");

        Assert.Matches($"^hull: The machine of '[0-9a-f]+' {message}\n$", result.Error);
        Assert.Equal(code, result.ExitCode);
        Assert.Equal($"exited {(code == 137 ? "true" : "false")}", _hull.Inspect("box", "{{.State.Status}} {{.State.OOMKilled}}"));
        _hull.Run("rm", "box").Succeeds();
        _hull.AssertNothingLeft();
    }

    // The host's disk is full, or the guest's share of it: a program is told, and the machine goes on.
    [Fact]
    public void Root_ThatIsFull_IsTheProgramsMatter()
    {
        _hull.Dispose();
        _hull = new HullHost(HullHost.Machine, diskMegabytes: 16);

        HullResult result = _hull.Run(
            "run", "--rm", "busybox", "sh", "-c", "dd if=/dev/zero of=/big bs=65536 2>&1 | grep -o 'No space left on device'; rm /big; echo fine > /small; cat /small");

        Assert.Equal("No space left on device\nfine\n", result.Output);
        Assert.Equal("", result.Error);
        Assert.Equal(0, result.ExitCode);
        _hull.AssertNothingLeft();
    }
}
