namespace Hull.System.Tests;

/// <summary>Whole Debian systems in containers, from a base image made of Debian's packages.</summary>
/// <param name="image">The image, made once for all of them: systemd, and sysvinit as /sbin/init.</param>
public sealed class SystemContainerTests(SystemImage image) : IClassFixture<SystemImage>
{
    private const string Systemd = "/lib/systemd/systemd";

    private HullHost Hull => image.Hull;

    [Fact]
    public void Systemd_BootsWithoutAFailedUnit_AndShutsDownOnItsStopSignal()
    {
        image.Require();
        Hull.Run("run", "-d", "--name", "d", SystemImage.Name, Systemd).Succeeds();

        // systemctl cannot connect before systemd listens; --wait then waits for the end of the boot.
        Hull.Run("exec", "d", "sh", "-c", "until test -S /run/systemd/private; do sleep 0.05; done").Succeeds();
        string state = Hull.Run("exec", "d", "systemctl", "is-system-running", "--wait").Succeeds();
        string failed = Hull.Run("exec", "d", "systemctl", "--failed", "--no-legend", "--plain").Succeeds();
        string journal = Hull.Run("exec", "d", "systemctl", "is-active", "systemd-journald", "dbus").Succeeds();
        Hull.Run("stop", "-t", "50", "d").Succeeds();

        Assert.Equal("running\n", state);
        Assert.Equal("", failed);
        Assert.Equal("active\nactive\n", journal);
        Assert.Equal("SIGRTMIN+3", Hull.Inspect("d", "{{.Config.StopSignal}}"));
        Assert.Equal("0", Hull.Inspect("d", "{{.State.ExitCode}}"));
        Hull.Run("rm", "d").Succeeds();
    }

    [Fact]
    public void Systemd_ThatPowersOff_EndsTheContainer()
    {
        image.Require();
        Hull.Run("run", "-d", "--name", "p", SystemImage.Name, Systemd).Succeeds();
        Hull.Run("exec", "p", "sh", "-c", "until test -S /run/systemd/private; do sleep 0.05; done").Succeeds();

        // The command dies with the system that it ends.
        _ = Hull.Run("exec", "p", "systemctl", "poweroff");

        Assert.Equal("0\n", Hull.Run("wait", "p").Succeeds());
        Hull.Run("rm", "p").Succeeds();
    }

    [Fact]
    public void Sysvinit_ReachesItsRunlevel_AndRebootsOnItsStopSignal()
    {
        image.Require();
        Hull.Run("run", "-d", "--name", "v", SystemImage.Name, "/sbin/init").Succeeds();

        Hull.Run("exec", "v", "sh", "-c", "until runlevel | grep -q 'N 2'; do sleep 0.05; done").Succeeds();
        Hull.Run("stop", "-t", "50", "v").Succeeds();

        Assert.Equal("SIGINT", Hull.Inspect("v", "{{.Config.StopSignal}}"));
        Assert.Equal("129", Hull.Inspect("v", "{{.State.ExitCode}}"));
        Hull.Run("rm", "v").Succeeds();
    }

    [Fact]
    public void Init_WithoutWhatOneNeeds_WhenAskedTo()
    {
        image.Require();

        Hull.Run("create", "--systemd", "false", "--name", "f", SystemImage.Name, "/sbin/init").Succeeds();
        Hull.Run("create", "--cgroupns", "host", "--name", "h", SystemImage.Name, "/sbin/init").FailsWith(125, "--cgroupns host");
        Hull.Run("create", "--systemd", "maybe", SystemImage.Name, "/sbin/init").FailsWith(125, "maybe");

        Assert.Equal("SIGTERM", Hull.Inspect("f", "{{.Config.StopSignal}}"));
        Hull.Run("rm", "f").Succeeds();
    }

    [Fact]
    public void Bootstrap_OfTheSamePackages_GivesTheSameDigest()
    {
        image.Require();

        Assert.Equal(image.Digest, image.Bootstrap());
    }
}
