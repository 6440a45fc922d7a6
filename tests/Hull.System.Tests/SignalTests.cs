using System.Text.RegularExpressions;

namespace Hull.System.Tests;

/// <summary>Programs begin with the signals as the kernel has them, whatever whoever calls Hull ignores.</summary>
public sealed class SignalTests : IDisposable
{
    private static readonly string[] s_wrapper =
        ["/usr/bin/env", "--ignore-signal=HUP", "--ignore-signal=INT", "--ignore-signal=QUIT", "--ignore-signal=PIPE", "--ignore-signal=TERM", "--ignore-signal=CHLD"];

    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Programs_OfACallerThatIgnoresSignals_IgnoreNone()
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(File.Exists(s_wrapper[0]), "This machine has no env(1).");

        HullResult first = _hull.RunUnder(s_wrapper, "run", "--name", "c", "busybox", "cat", "/proc/self/status");
        _hull.Run("run", "-d", "--name", "d", "busybox", "sleep", "1000").Succeeds();
        HullResult further = _hull.RunUnder(s_wrapper, "exec", "d", "cat", "/proc/self/status");

        foreach (HullResult result in (HullResult[])[first, further])
        {
            Assert.Matches(new Regex("^SigIgn:\\s+0{16}$", RegexOptions.Multiline), result.Succeeds());
            Assert.Matches(new Regex("^SigBlk:\\s+0{16}$", RegexOptions.Multiline), result.Succeeds());
        }
    }
}
