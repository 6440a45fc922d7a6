namespace Hull.System.Tests;

/// <summary><c>hull vm</c> with what cannot be: one sentence, the right exit code, nothing left.</summary>
public sealed class VmBadInputTests : IDisposable
{
    // A /dev of its own, with everything a program needs and no KVM.
    internal static readonly string[] WithoutKvm =
    [
        "unshare", "--mount", "--propagation", "private", "sh", "-c",
        "mount -t tmpfs d /dev && mknod -m 666 /dev/null c 1 3 && mknod -m 666 /dev/zero c 1 5 && mknod -m 666 /dev/urandom c 1 9 && exec \"$0\" \"$@\"",
    ];

    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Run_OnKvmWithoutTheDevice_SaysSo()
    {
        HullHost.RequireRoot();

        HullResult result = _hull.RunUnder(WithoutKvm, "vm", "run", "--processor", "kvm", "--kernel", GuestKernel.Require());

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("", result.Output);
        Assert.Equal("hull: The host has no KVM: there is no device '/dev/kvm'; the processor 'interpreter' needs none.\n", result.Error);
    }

    [Fact]
    public void Start_OnKvmWithoutTheDevice_SaysSoAndLeavesTheMachineStartable()
    {
        HullHost.RequireRoot();
        _hull.Run("vm", "create", "one", "--processor", "kvm", "--kernel", GuestKernel.Require()).Succeeds();
        try
        {
            HullResult result = _hull.RunUnder(WithoutKvm, "vm", "start", "one");

            Assert.NotEqual(0, result.ExitCode);
            Assert.Contains("The host has no KVM: there is no device '/dev/kvm'", result.Error, StringComparison.Ordinal);
            Assert.Contains("created", _hull.Run("vm", "ls").Succeeds(), StringComparison.Ordinal);
        }
        finally
        {
            _hull.Run("vm", "rm", "-f", "one");
        }
    }

    [Theory]
    [InlineData("There is no board 'atx'; there are microvm and pc.", "--board", "atx")]
    [InlineData("The share '/srv' is not NAME=PATH", "--share", "/srv")]
    [InlineData("'/no/such'", "--share", "a=/no/such")]
    public void Run_OfWhatCannotBe_SaysWhy(string words, params string[] flags)
    {
        HullHost.RequireRoot();

        HullResult result = _hull.Run(["vm", "run", "--processor", "interpreter", "--kernel", GuestKernel.Require(), .. flags]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains(words, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Run_WithAShare_GuestReadsAndWritesIt()
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(Environment.GetEnvironmentVariable("HULL_BIN") is not null, "Needs the published programs (HULL_BIN).");
        string modules = LinuxGuest.RequireModules();
        string shared = Directory.CreateDirectory(Path.Combine(_hull.HomeDirectory, "shared")).FullName;
        File.WriteAllText(Path.Combine(shared, "word"), "hello\n");
        string initrd = Path.Combine(_hull.HomeDirectory, "initrd");
        const string Script = """
            modules
            mount -t virtiofs hull /mnt
            cat /mnt/data/word
            echo from the guest > /mnt/data/answer
            echo no > /mnt/kept/answer || echo refused
            poweroff -f
            """;
        File.WriteAllBytes(initrd, LinuxGuest.Boot(Script, modules).Initramfs.ToArray());

        HullResult result = _hull.Run(
            "vm", "run", "--processor", "interpreter", "--kernel", GuestKernel.Require(), "--initrd", initrd, "--append", "console=ttyS0 quiet panic=-1 cryptomgr.notests",
            "--share", $"data={shared}", "--share", $"kept={shared},readonly");

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("hello\r\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("refused", result.Output, StringComparison.Ordinal);
        Assert.Equal("from the guest\n", File.ReadAllText(Path.Combine(shared, "answer")));
    }
}
