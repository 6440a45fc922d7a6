using System.Diagnostics;

namespace Hull.System.Tests;

/// <summary>Options that show in what a command does or prints: filters, formats, sizes, files.</summary>
public sealed class OptionTests : IDisposable
{
    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void CidFile_GetsTheIdentifier_AndIsNotOverwritten()
    {
        HullHost.RequireRoot();
        string file = Path.Combine(_hull.Root, "cid");

        string id = _hull.Run("create", "--cidfile", file, "busybox", "true").Succeeds().Trim();

        Assert.Equal(id, File.ReadAllText(file));
        _hull.Run("create", "--cidfile", file, "busybox", "true").FailsWith(125, "exists already");
        Assert.Single(_hull.Run("ps", "-aq").Succeeds().TrimEnd().Split('\n'));
    }

    [Fact]
    public void Ps_FiltersFormatsAndCounts()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "one", "-l", "tier=web", "busybox", "sh", "-c", "exit 3");
        _hull.Run("create", "--name", "two", "-l", "tier=db", "busybox", "sh", "-c", "a command line which is longer than a column").Succeeds();
        string id = _hull.Run("run", "-d", "--name", "three", "-v", "data:/data", "--network", "host", "busybox", "sleep", "1000").Succeeds().Trim();

        Assert.Equal("three\n", Names());
        Assert.Equal("three\ntwo\none\n", Names("-a"));
        Assert.Equal("three\n", Names("-l"));
        Assert.Equal("three\ntwo\n", Names("-n", "2"));
        Assert.Equal("one\n", Names("--filter", "status=exited"));
        Assert.Equal("one\n", Names("-a", "--filter", "exited=3"));
        Assert.Equal("two\none\n", Names("-a", "--filter", "label=tier"));
        Assert.Equal("two\n", Names("-a", "--filter", "label=tier=db"));
        Assert.Equal("two\n", Names("-a", "--filter", "name=^tw"));
        Assert.Equal("two\none\n", Names("-a", "--filter", "before=three"));
        Assert.Equal("three\ntwo\n", Names("-a", "--filter", "since=one"));
        Assert.Equal("three\n", Names("-a", "--filter", "volume=data"));
        Assert.Equal("three\n", Names("-a", "--filter", "network=host"));
        Assert.Equal("three\ntwo\none\n", Names("-a", "--filter", "ancestor=busybox"));
        Assert.Equal("three\ntwo\none\n", Names("-a", "--filter", "ancestor=busybox:latest"));
        Assert.Equal("", Names("-a", "--filter", "ancestor=busy"));
        Assert.Equal("", Names("-a", "--filter", "ancestor=sha256"));
        Assert.Equal("three\n", Names("-a", "--filter", $"id={id[..6]}"));
        Assert.Equal("three\n", Names("-a", "--filter", $"id=^{id[..6]}"));
        Assert.Equal("three\n", Names("-a", "--filter", $"id={id[6..40]}"));
        Assert.Equal("three\ntwo\none\n", Names("-a", "--filter", "id=."));
        Assert.Equal("", Names("-a", "--filter", "id=three"));
        _hull.Run("ps", "--filter", "id=(").FailsWith(1, "not a regular expression");
        Assert.Equal(id + "\n", _hull.Run("ps", "-q", "--no-trunc").Succeeds());
        Assert.Equal(id[..12] + "\n", _hull.Run("ps", "-q").Succeeds());
        Assert.Contains("which is longer than a column", _hull.Run("ps", "-a", "--no-trunc").Succeeds(), StringComparison.Ordinal);
        Assert.DoesNotContain("column", _hull.Run("ps", "-a").Succeeds(), StringComparison.Ordinal);
        Assert.Equal("db\n", _hull.Run("ps", "-a", "--filter", "name=two", "--format", "{{.Label \"tier\"}}").Succeeds());
        Assert.StartsWith("{\"", _hull.Run("ps", "--format", "json").Succeeds(), StringComparison.Ordinal);
        Assert.StartsWith("NAMES   STATE\nthree   running", _hull.Run("ps", "--format", "table {{.Names}}\t{{.State}}").Succeeds(), StringComparison.Ordinal);
        Assert.Equal("two\none\n", Names("-a", "--filter", "name=^(one|tw.)$"));
        Assert.Equal("three\n", Names("-a", "--filter", "name=/th"));
        Assert.Equal("two\n", Names("-a", "--filter", "name=wo"));
        _hull.Run("ps", "--filter", "name=(").FailsWith(1, "not a regular expression");
        _hull.Run("ps", "--filter", "colour=red").FailsWith(1, "not a filter");
        _hull.Run("ps", "--filter", "colour").FailsWith(125, "not a filter");
        _hull.Run("ps", "--format", "{{.Nosuch}}").FailsWith(125, "Nosuch");
    }

    [Fact]
    public void Inspect_TakesTemplatesKindsAndSizes()
    {
        HullHost.RequireRoot();
        _hull.Run("create", "--name", "thing", "-e", "A=1", "-l", "a.b=c", "--expose", "80", "--health-cmd", "true", "busybox", "echo", "x").Succeeds();
        _hull.Run("volume", "create", "--label", "k=v", "vol").Succeeds();

        Assert.Equal("[\"A=1\"]", _hull.Inspect("thing", "{{json .Config.Env}}"));
        Assert.Equal("echo", _hull.Inspect("thing", "{{index .Config.Cmd 0}}"));
        Assert.Equal("c", _hull.Inspect("thing", "{{index .Config.Labels \"a.b\"}}"));
        Assert.Equal("<A=1>", _hull.Inspect("thing", "{{range .Config.Env}}<{{.}}>{{end}}"));
        Assert.Equal("yes", _hull.Inspect("thing", "{{if .State.Running}}no{{else}}yes{{end}}"));
        Assert.Equal("{\"80/tcp\":{}}", _hull.Inspect("thing", "{{json .Config.ExposedPorts}}"));
        Assert.Equal("local", _hull.Inspect("vol", "{{.Driver}}"));
        Assert.Matches("^[0-9]+$", _hull.Run("inspect", "-s", "-f", "{{.SizeRootFs}}", "thing").Succeeds().Trim());
        _hull.Run("inspect", "--type", "image", "thing").FailsWith(1, "no image 'thing'");
        _hull.Run("inspect", "--type", "network", "thing").FailsWith(125, "not a kind");
        _hull.Run("inspect", "-f", "{{template \"x\"}}", "thing").FailsWith(125, "not supported");
        _hull.Run("inspect", "-f", "{{.State.Nosuch}}", "thing").FailsWith(125, "Nosuch");
    }

    [Fact]
    public void Logs_BetweenMoments_FromTheEnd_WithTimes()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "l", "busybox", "sh", "-c", "for i in 1 2 3 4 5; do echo $i; done; echo e >&2").Succeeds();

        Assert.Equal("4\n5\n", _hull.Run("logs", "--tail", "3", "l").Output);
        Assert.Equal(("1\n2\n3\n4\n5\n", "e\n"), _hull.Run("logs", "l") is var all ? (all.Output, all.Error) : default);
        Assert.Equal("", _hull.Run("logs", "--since", "2099-01-01T00:00:00Z", "l").Succeeds());
        Assert.Equal("", _hull.Run("logs", "--until", "1h", "l").Succeeds());
        Assert.Equal("1\n2\n3\n4\n5\n", _hull.Run("logs", "--since", "1h", "--until", "0s", "l").Succeeds());
        Assert.Matches("^20[0-9-]+T[0-9:.]+Z 5\n$", _hull.Run("logs", "-t", "-n", "2", "l").Output);
        _hull.Run("logs", "--since", "yesterday", "l").FailsWith(1, "time");
        _hull.Run("logs", "--details", "l").FailsWith(1, "not supported");
    }

    [Fact]
    public void Logs_Followed_GoOnUntilTheEnd()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "f", "busybox", "sh", "-c", "echo one; until test -e /tmp/go; do sleep 0.1; done; echo two").Succeeds();
        using Process follower = _hull.Start("logs", "-f", "f");
        Assert.Equal("one", follower.StandardOutput.ReadLine());

        _hull.Run("exec", "f", "touch", "/tmp/go").Succeeds();

        Assert.Equal("two\n", follower.StandardOutput.ReadToEnd());
        follower.WaitForExit();
        Assert.Equal(0, follower.ExitCode);
    }

    [Fact]
    public void Events_AreFilteredByKindAndName()
    {
        HullHost.RequireRoot();

        // No name is made of hexadecimal digits alone: the other container's identifier might begin with it.
        _hull.Run("run", "--name", "one", "busybox", "true").Succeeds();
        _hull.Run("run", "--name", "two", "-v", "vol:/v", "busybox", "true").Succeeds();

        Assert.Equal("one\ntwo\n", Events("{{.Actor.Attributes.name}}", "event=start"));
        Assert.Equal("start\ndie\n", Events("{{.Action}}", "container=two", "event=start", "event=die"));
        Assert.Equal("create\n", Events("{{.Action}}", "type=volume", "volume=vol"));
        _hull.Run("events", "--until", "0s", "--filter", "colour=red").FailsWith(1, "not a filter");
        _hull.Run("events", "--until", "0s", "--filter", "colour").FailsWith(125, "not a filter");
    }

    [Fact]
    public void Stats_OnceInATemplate()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "s", "-m", "64m", "busybox", "sleep", "1000").Succeeds();

        Assert.Matches("^s [0-9.]+% [0-9.]+[KM]?i?B / 64MiB 1\n$", _hull.Run("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.MemUsage}} {{.PIDs}}").Succeeds());
    }

    [Fact]
    public void Prune_AsksFirst_AndTakesFilters()
    {
        HullHost.RequireRoot();
        _hull.Run("create", "--name", "keep", "-l", "keep", "busybox", "true").Succeeds();
        _hull.Run("create", "--name", "go", "busybox", "true").Succeeds();
        _hull.Run("volume", "create", "--label", "keep", "stays").Succeeds();
        _hull.Run("volume", "create", "goes").Succeeds();

        Assert.Contains("[y/N]", _hull.RunWithInput("n\n", "prune").Succeeds(), StringComparison.Ordinal);
        Assert.Equal("go\nkeep\n", Names("-a"));
        _hull.RunWithInput("y\n", "prune", "--filter", "label!=keep").Succeeds();
        _hull.Run("volume", "prune", "-af", "--filter", "label!=keep").Succeeds();

        Assert.Equal("keep\n", Names("-a"));
        Assert.Equal("stays\n", _hull.Run("volume", "ls", "-q", "--filter", "dangling=true").Succeeds());
    }

    [Fact]
    public void Prune_SaysWhatWentAndHowMuch_AsDocker()
    {
        HullHost.RequireRoot();
        string id = _hull.Run("create", "--name", "one", "busybox", "true").Succeeds().Trim();
        _hull.Run("run", "--rm", "-v", "data:/v", "busybox", "sh", "-c", "head -c 1500 /dev/zero > /v/zeros").Succeeds();

        Assert.Matches($"^Deleted Containers:\n{id}\n\nTotal reclaimed space: [0-9.]+k?B\n$", _hull.Run("prune", "-f").Succeeds());
        Assert.Equal("Total reclaimed space: 0B\n", _hull.Run("prune", "-f").Succeeds());
        Assert.Equal("Total reclaimed space: 0B\n", _hull.Run("volume", "prune", "-f").Succeeds());
        Assert.Equal("Deleted Volumes:\ndata\n\nTotal reclaimed space: 1.5kB\n", _hull.Run("volume", "prune", "-af").Succeeds());
        Assert.Equal("Total reclaimed space: 0B\n", _hull.Run("image", "prune", "-f").Succeeds());

        id = _hull.Run("run", "-d", "busybox", "sh", "-c", "head -c 2500 /dev/zero > /zeros").Succeeds().Trim();
        _hull.Run("wait", id).Succeeds();
        Assert.Matches(
            $"^Deleted Containers:\n{id}\n\nDeleted Images:\nuntagged: busybox:latest\ndeleted: sha256:[0-9a-f]{{64}}\n\nTotal reclaimed space: [0-9.]+MB\n$",
            _hull.Run("system", "prune", "-af").Succeeds());
    }

    [Fact]
    public void Outputs_HaveTheMembersThatScriptsOfDockersUsersRead()
    {
        HullHost.RequireRoot();
        string id = _hull.Run(
            "run", "-d", "--name", "s", "--device", "/dev/null:/dev/nil:rw", "--ulimit", "nofile=64:128", "-v", "a-volume-with-a-long-name:/v", "-v", "/anonymous",
            "busybox", "sleep", "1000").Succeeds().Trim();

        Assert.Equal("/dev/null /dev/nil rw", _hull.Inspect("s", "{{range .HostConfig.Devices}}{{.PathOnHost}} {{.PathInContainer}} {{.CgroupPermissions}}{{end}}"));
        Assert.Equal("nofile 64 128", _hull.Inspect("s", "{{range .HostConfig.Ulimits}}{{.Name}} {{.Soft}} {{.Hard}}{{end}}"));
        Assert.Equal("null [\"sleep\",\"1000\"] {\"/anonymous\":{}}", _hull.Inspect("s", "{{json .Config.Entrypoint}} {{json .Config.Cmd}} {{json .Config.Volumes}}"));
        Assert.Equal("[] {} {} none:", _hull.Inspect("s", "[{{.NetworkSettings.IPAddress}}] {{json .NetworkSettings.Ports}} {{json .HostConfig.PortBindings}} {{range $n, $c := .NetworkSettings.Networks}}{{$n}}:{{$c.IPAddress}}{{end}}"));
        Assert.Equal("local", _hull.Inspect("s", "{{(index .Mounts 0).Driver}}"));
        Assert.StartsWith("{\"Command\":\"\\\"sleep 1000\\\"\",\"CreatedAt\":", _hull.Run("ps", "--format", "json").Succeeds(), StringComparison.Ordinal);
        Assert.Contains("\"Size\":\"0B\"", _hull.Run("ps", "--format", "json").Succeeds(), StringComparison.Ordinal);
        Assert.StartsWith("a-volume-with-…,", _hull.Run("ps", "--format", "{{.Mounts}}").Succeeds(), StringComparison.Ordinal);
        Assert.Contains("\"UniqueSize\":\"N/A\"", _hull.Run("image", "ls", "--format", "json").Succeeds(), StringComparison.Ordinal);
        Assert.Contains("\"Links\":\"N/A\"", _hull.Run("volume", "ls", "--format", "json").Succeeds(), StringComparison.Ordinal);
        Assert.Equal(
            $"Type=container  Status=start  ID={id} busybox\n",
            _hull.Run("events", "--since", "1h", "--until", "0s", "--filter", "event=start", "--format", "Type={{.Type}}  Status={{.Status}}  ID={{.ID}} {{.From}}").Succeeds());
        Assert.Matches("^1 0 (x86_64|aarch64) [12]\n$", _hull.Run("info", "-f", "{{.ContainersRunning}} {{.ContainersPaused}} {{.Architecture}} {{.CgroupVersion}}").Succeeds());
        Assert.Contains("name=seccomp,profile=builtin", _hull.Run("info", "-f", "{{json .SecurityOptions}}").Succeeds(), StringComparison.Ordinal);
        Assert.Matches("^(kvm\n|interpreter The .+\\.\n)$", _hull.Run("info", "-f", "{{.Machines.Processor}}{{with .Machines.WhyNotKvm}} {{.}}{{end}}").Succeeds());
        Assert.Matches("\nMachines:\n Processor: (kvm|interpreter\n Why not KVM: The host.+\\.)\n Guest Kernel: none; 'hull vm kernel pull' brings one\n$", _hull.Run("info").Succeeds());
        Assert.Matches("LOCAL VOLUMES +SIZE +CREATED +STATUS +NAMES\n.*\"sleep 1000\" +2 ", _hull.Run("system", "df", "-v").Succeeds());
    }

    [Fact]
    public void Environment_OfFilesAndOfThisProcess_IsPassedOn()
    {
        HullHost.RequireRoot();
        string file = Path.Combine(_hull.Root, "env");
        File.WriteAllText(file, "# comment\nA=from file\nHULL_STATE\n");
        _hull.Run("run", "-d", "--name", "e", "--env-file", file, "-e", "B=2", "busybox", "sleep", "1000").Succeeds();

        string first = _hull.Run("exec", "e", "env").Succeeds();
        string second = _hull.Run("exec", "--env-file", file, "-e", "HULL_ROOT", "-e", "B=3", "e", "env").Succeeds();

        Assert.Contains("A=from file\n", first, StringComparison.Ordinal);
        Assert.Contains($"HULL_STATE={_hull.State}\n", first, StringComparison.Ordinal);
        Assert.Contains($"HULL_ROOT={_hull.Root}\n", second, StringComparison.Ordinal);
        Assert.Contains("B=3\n", second, StringComparison.Ordinal);
    }

    [Fact]
    public void Namespaces_Files_AndLimits_AreSeenInside()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "base", "-v", "shared:/shared", "busybox", "sleep", "1000").Succeeds();
        string profile = Path.Combine(_hull.Root, "profile.json");
        File.WriteAllText(profile, "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"mkdir\",\"mkdirat\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");

        string output = _hull.Run(
            "run", "--rm", "--pid", "container:base", "--volumes-from", "base:ro", "--add-host", "box:10.1.2.3", "--dns", "10.0.0.53",
            "--dns-search", "example.org", "--group-add", "77", "--shm-size", "3m", "--oom-score-adj", "123", "--domainname", "dom",
            "--sysctl", "net.core.somaxconn=99", "--ulimit", "nofile=55", "--device", "/dev/null:/dev/nothing:rw",
            "--security-opt", $"seccomp={profile}", "--security-opt", "no-new-privileges", "busybox", "sh", "-c",
            """
            grep -q sleep /proc/1/cmdline && echo pid; touch /shared/x 2>/dev/null || echo ro; grep -c 10.1.2.3 /etc/hosts
            grep -c 10.0.0.53 /etc/resolv.conf; grep -c example.org /etc/resolv.conf; id -G; grep ' /dev/shm ' /proc/self/mounts | grep -c size=3072k
            cat /proc/self/oom_score_adj /proc/sys/kernel/domainname /proc/sys/net/core/somaxconn; ulimit -n; echo x > /dev/nothing && echo dev
            mkdir /tmp/x 2>/dev/null || echo seccomp; grep -c 'NoNewPrivs:.1' /proc/self/status
            """).Succeeds();

        Assert.Equal("pid\nro\n1\n1\n1\n0 77\n1\n123\ndom\n99\n55\ndev\nseccomp\n1\n", output);
    }

    [Fact]
    public void ReadOnlyMount_IsSoBelowToo_UnlessAskedOtherwise()
    {
        HullHost.RequireRoot();
        string script = "touch /m/x 2>/dev/null && echo top; touch /m/below/x 2>/dev/null && echo below; true";
        string[] inner = ["--tmpfs", "/t", "busybox", "sh", "-c", script];
        string source = Directory.CreateDirectory(Path.Combine(_hull.Root, "source", "below")).Parent!.FullName;
        Mount("-t", "tmpfs", "tmpfs", Path.Combine(source, "below"));
        try
        {
            Assert.Equal("top\nbelow\n", _hull.Run(["run", "--rm", "-v", $"{source}:/m", .. inner]).Succeeds());
            Assert.Equal("", _hull.Run(["run", "--rm", "-v", $"{source}:/m:ro", .. inner]).Succeeds());
            Assert.Equal("", _hull.Run(["run", "--rm", "--mount", $"type=bind,src={source},dst=/m,readonly", .. inner]).Succeeds());
            Assert.Equal("below\n", _hull.Run(["run", "--rm", "--mount", $"type=bind,src={source},dst=/m,readonly,bind-recursive=writable", .. inner]).Succeeds());
            _hull.Run(["run", "--rm", "--mount", $"type=bind,src={source},dst=/m,volume-subpath=x", .. inner]).FailsWith(125, "volume-subpath");
        }
        finally
        {
            Mount("-u", Path.Combine(source, "below"));
        }
    }

    private static void Mount(params string[] arguments)
    {
        bool undo = arguments[0] == "-u";
        using global::System.Diagnostics.Process process = global::System.Diagnostics.Process.Start(undo ? "umount" : "mount", undo ? arguments[1..] : arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private string Names(params string[] options) => _hull.Run(["ps", .. options, "--format", "{{.Names}}"]).Succeeds();

    private string Events(string format, params string[] filters) => _hull.Run(
        ["events", "--since", "1h", "--until", "0s", "--format", format, .. filters.SelectMany(filter => (string[])["--filter", filter])]).Succeeds();
}
