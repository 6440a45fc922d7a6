using System.Diagnostics;
using Hull.Image.Tests;

namespace Hull.System.Tests;

/// <summary>login, push, pull and logout on the command line, against Debian's registry with passwords.</summary>
public sealed class RegistryTests : IDisposable
{
    private const string Htpasswd = "/usr/bin/htpasswd";
    private const string User = "me";
    private const string Password = "s3cret word";

    private readonly HullHost _hull = new();

    private string Passwords => Path.Combine(_hull.Root, "htpasswd");

    public void Dispose() => _hull.Dispose();

    // Pulls, removals, prunes and runs of one store by many processes at a time: nobody takes what another needs.
    [Fact]
    public void PullsAndPrunes_ByManyProcesses_NeverBreakEachOther()
    {
        HullHost.RequireRoot();
        LocalRegistry.Require();
        const int Rounds = 4;
        using LocalRegistry registry = LocalRegistry.Start(Path.Combine(_hull.HomeDirectory, "registry"));
        string[] names = [registry.Host + "/a:1", registry.Host + "/b:1"];
        foreach (string name in names)
        {
            _hull.Run("tag", "busybox", name).Succeeds();
            _hull.Run("push", "-q", name).Succeeds();
        }

        _hull.Run(["image", "rm", "-f", "busybox", .. names]).Succeeds();
        Parallel.Invoke(
            () => Repeat(Rounds, () => _hull.Run("pull", "-q", names[0]).Succeeds()),
            () => Repeat(Rounds, () => _hull.Run("pull", "-q", names[1]).Succeeds()),
            () => Repeat(Rounds, () => _hull.Run("run", "--rm", "--network", "none", names[0], "true").Succeeds()),
            () => Repeat(Rounds, () => _hull.Run("image", "prune", "-f").Succeeds()),
            () => Repeat(Rounds, () => _hull.Run("image", "rm", names[1])));

        foreach (string name in names)
        {
            _hull.Run("run", "--rm", "--network", "none", name, "true").Succeeds();
        }

        _hull.Run("image", "rm", names[0], names[1]).Succeeds();
        _hull.Run("image", "prune", "-a", "-f").Succeeds();
        Assert.Empty(HullHost.Entries(Path.Combine(_hull.Root, "images", "blobs", "sha256")));
        Assert.Empty(HullHost.Entries(Path.Combine(_hull.Root, "snapshots", "layers")));
        Assert.Empty(HullHost.Entries(Path.Combine(_hull.Root, "snapshots", "staging")));
        _hull.AssertNothingLeft();
    }

    [Fact]
    public async Task Login_LetsPushAndPull_AndLogoutEndsIt()
    {
        using RealRegistry registry = await StartAsync();
        string name = $"{registry.Host}/team/app";
        _hull.Run("tag", "busybox", name + ":1").Succeeds();
        _hull.Run("tag", "busybox", name + ":2").Succeeds();
        _hull.Run("push", name + ":1").FailsWith(1, "login");

        _hull.RunWithInput("wrong\n", "login", "-u", User, "--password-stdin", registry.Host).FailsWith(1, registry.Host);
        Assert.Equal("Login Succeeded\n", _hull.RunWithInput(Password + "\n", "login", "-u", User, "--password-stdin", registry.Host).Succeeds());
        string pushed = _hull.Run("push", "--all-tags", name).Succeeds();
        _hull.Run("rmi", name + ":1", name + ":2").Succeeds();
        string pulled = _hull.Run("pull", "--all-tags", name).Succeeds();

        Assert.Equal(2, pushed.Split("digest: sha256:").Length - 1);
        Assert.Contains("Status: Downloaded newer image for " + name + ":2", pulled, StringComparison.Ordinal);
        Assert.Equal("seed 1\n", _hull.Run("run", "--rm", name + ":1", "cat", "/data/seed").Succeeds());
        Assert.Contains("Removing login", _hull.Run("logout", registry.Host).Succeeds(), StringComparison.Ordinal);
        _hull.Run("pull", name + ":1").FailsWith(1, "login");
    }

    [Fact]
    public async Task Login_IsKeptForTheUserAlone_AndNotLearnedFromArguments()
    {
        using RealRegistry registry = await StartAsync();

        _hull.RunWithInput(Password, "login", "-u", User, "--password-stdin", registry.Host).Succeeds();
        string file = Path.Combine(Path.GetDirectoryName(_hull.Root)!, "docker", "config.json");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.DoesNotContain(Password, File.ReadAllText(file), StringComparison.Ordinal);
        _hull.Run("login", registry.Host).FailsWith(125, "--password-stdin");
    }

    [Fact]
    public async Task Run_PullsWhatIsMissing_QuietlyIfAsked()
    {
        using RealRegistry registry = await StartAsync();
        _hull.RunWithInput(Password, "login", "-u", User, "--password-stdin", registry.Host).Succeeds();
        foreach (string tag in (string[])["loud", "quiet"])
        {
            _hull.Run("tag", "busybox", $"{registry.Host}/{tag}").Succeeds();
            _hull.Run("push", "-q", $"{registry.Host}/{tag}").Succeeds();
            _hull.Run("rmi", $"{registry.Host}/{tag}").Succeeds();
        }

        _hull.Run("run", "--rm", "--pull", "never", $"{registry.Host}/loud", "true").FailsWith(125, "loud");
        HullResult loud = _hull.Run("run", "--rm", $"{registry.Host}/loud", "true");
        HullResult quiet = _hull.Run("run", "--rm", "-q", $"{registry.Host}/quiet", "true");
        HullResult always = _hull.Run("run", "--rm", "--pull", "always", $"{registry.Host}/quiet", "true");

        Assert.Equal((0, 0, 0), (loud.ExitCode, quiet.ExitCode, always.ExitCode));
        Assert.NotEqual("", loud.Error);
        Assert.Equal("", quiet.Error);
    }

    private async Task<RealRegistry> StartAsync()
    {
        HullHost.RequireRoot();
        Assert.SkipUnless(RealRegistry.IsInstalled && File.Exists(Htpasswd), "The packages docker-registry and apache2-utils are not installed.");
        using (Process process = Process.Start(new ProcessStartInfo(Htpasswd, ["-Bbc", Passwords, User, Password]) { RedirectStandardError = true })!)
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }

        return await RealRegistry.StartAsync($"auth:\n  htpasswd:\n    realm: hull\n    path: {Passwords}");
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++)
        {
            action();
        }
    }
}
