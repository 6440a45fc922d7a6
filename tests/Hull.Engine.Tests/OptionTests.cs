using Hull.Engine.Settings;
using Hull.Supervision;

namespace Hull.Engine.Tests;

public sealed class OptionTests
{
    [Fact]
    public void Volume_WithHostPath_IsABindThatMakesItsSource()
    {
        MountSettings mount = MountOption.ParseVolume("/host/dir:/in/side/:ro,rslave");

        Assert.Equal(MountKind.Bind, mount.Kind);
        Assert.Equal("/host/dir", mount.Source);
        Assert.Equal("/in/side", mount.Target);
        Assert.True(mount is { ReadOnly: true, CreateSource: true, Propagation: "rslave" });
    }

    [Fact]
    public void Volume_WithName_IsANamedVolume()
    {
        MountSettings mount = MountOption.ParseVolume("data:/srv");

        Assert.True(mount is { Kind: MountKind.Volume, Source: "data", Target: "/srv", IsAnonymous: false, CreateSource: false });
    }

    [Fact]
    public void Volume_WithTargetAlone_IsAnonymous() => Assert.True(MountOption.ParseVolume("/srv").IsAnonymous);

    [Theory]
    [InlineData("")]
    [InlineData("a:b")]
    [InlineData("/a:/")]
    [InlineData("/a:/b:nosuch")]
    [InlineData("/a:/b:ro:x")]
    [InlineData("../evil/../name:relative")]
    [InlineData("bad name:/x")]
    [InlineData("/a:/b\0c")]
    [InlineData("/a\0b:/c")]
    [InlineData("~/a:/b")]
    public void Volume_ThatIsNone_IsRefused(string text)
    {
        HullException error = Assert.Throws<HullException>(() => MountOption.ParseVolume(text));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Fact]
    public void Mount_WithFields_SaysTheSame()
    {
        MountSettings mount = MountOption.ParseMount("type=tmpfs,target=/scratch,tmpfs-size=64m,tmpfs-mode=1777");

        Assert.Equal(["size=67108864", "mode=1777"], mount.Options);
        Assert.Equal(MountKind.Tmpfs, mount.Kind);
    }

    [Theory]
    [InlineData("type=bind,target=/x")]
    [InlineData("type=tmpfs,source=/a,target=/x")]
    [InlineData("type=nosuch,target=/x")]
    [InlineData("type=volume")]
    [InlineData("target=/x,nosuch=1")]
    [InlineData("type=bind,source=/a\0b,target=/x")]
    public void Mount_ThatContradictsItself_IsRefused(string text) =>
        Assert.Throws<HullException>(() => MountOption.ParseMount(text));

    [Theory]
    [InlineData("1m30s", 90_000)]
    [InlineData("500ms", 500)]
    [InlineData("1.5h", 5_400_000)]
    [InlineData("0", 0)]
    public void Duration_InGosSpelling_IsRead(string text, long expected) => Assert.Equal(expected, OptionText.ParseDurationMs(text));

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("-1s")]
    [InlineData("s")]
    [InlineData("1y")]
    public void Duration_ThatIsNone_IsRefused(string text) => Assert.Throws<HullException>(() => OptionText.ParseDurationMs(text));

    [Fact]
    public void Cpus_BelowAHundredth_AreRefused() => Assert.Throws<HullException>(() => OptionText.ParseCpus("0.001"));

    [Fact]
    public void Cpus_AsFraction_AreBillionths() => Assert.Equal(250_000_000, OptionText.ParseCpus("0.25"));

    [Theory]
    [InlineData("no", RestartKind.No, 0)]
    [InlineData("on-failure:3", RestartKind.OnFailure, 3)]
    [InlineData("unless-stopped", RestartKind.UnlessStopped, 0)]
    public void Restart_IsRead(string text, RestartKind kind, int retries)
    {
        RestartOrders orders = OptionText.ParseRestart(text);

        Assert.Equal((kind, retries), (orders.Kind, orders.MaximumRetries));
    }

    [Theory]
    [InlineData("always:3")]
    [InlineData("sometimes")]
    [InlineData("on-failure:x")]
    public void Restart_ThatIsNone_IsRefused(string text) => Assert.Throws<HullException>(() => OptionText.ParseRestart(text));

    [Fact]
    public void Ulimit_WithSoftAboveHard_IsRefused() => Assert.Throws<HullException>(() => OptionText.ParseUlimit("nofile=5:4"));

    [Fact]
    public void Ulimit_WithOneValue_SetsBoth()
    {
        Hull.Oci.Runtime.RlimitSpec limit = OptionText.ParseUlimit("nofile=1024");

        Assert.Equal(("RLIMIT_NOFILE", 1024ul, 1024ul), (limit.Type, limit.Soft, limit.Hard));
    }
}
