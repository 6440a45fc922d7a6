using System.Reflection;
using System.Text.RegularExpressions;

namespace Hull.System.Tests;

/// <summary>No option is accepted and then ignored: each changes what its command does, or another test is named that shows it.</summary>
/// <remarks>Options of run and create are held by <c>OptionTableTests</c>; those that are refused, too.</remarks>
public sealed partial class OptionEffectTests(OptionEffectTests.Prepared prepared) : IClassFixture<OptionEffectTests.Prepared>
{
    private const string Input = "typed\n";

    // A program that says what it was asked by: 7 after TERM and a moment, 8 after USR1 at once.
    private const string Asked =
        "run -d --name BOX --stop-timeout 60 busybox sh -c 'trap \"sleep 1; echo term; exit 7\" TERM; trap \"echo usr1; exit 8\" USR1; touch /tmp/ready; while :; do sleep 1 & wait $!; done'; "
        + "exec BOX sh -c 'until test -e /tmp/ready; do :; done'";

    private const string Runs = "run -d --name BOX busybox sleep 1000";
    private const string Made = "create --name BOX busybox true";
    private const string Ended = "run --name BOX busybox true";
    private const string Labelled = "create -l of --name BOX busybox true";
    private const string Spare = "image import -c 'LABEL of=1' DIR/root.tar spare";

    // Streams, terminals, transfers and packages need more than two command lines.
    private static readonly Dictionary<string, string> s_elsewhere = new()
    {
        ["attach --detach-keys"] = "TerminalTests.LeaveKeys_LeaveTheContainerRunning_AndAttachComesBack",
        ["attach --no-stdin"] = "TerminalTests.Attach_WithoutInput_PassesNothingIn",
        ["attach --sig-proxy"] = "TerminalTests.Interrupt_WithoutTerminalInTheContainer_IsPassedOn_OrNot",
        ["cp --archive"] = "CopyTests.Owners_AreRootsUnlessKept",
        ["cp --follow-link"] = "CopyTests.Link_IsCopiedItself_OrFollowedInsideTheContainer",
        ["exec --detach-keys"] = "TerminalTests.LeaveKeys_OfAnExec_LeaveItRunning",
        ["image bootstrap --include"] = "SystemContainerTests",
        ["image bootstrap --mirror"] = "Hull.Snapshot.Tests",
        ["image bootstrap --suite"] = "Hull.Snapshot.Tests",
        ["image bootstrap --variant"] = "Hull.Snapshot.Tests",
        ["login --password"] = "RegistryTests",
        ["login --password-stdin"] = "RegistryTests",
        ["login --tls-verify"] = "RegistryTests",
        ["login --username"] = "RegistryTests",
        ["logs --follow"] = "LifeTests.Detached_IsListedLoggedExecutedInStoppedAndRemoved",
        ["pull --all-tags"] = "RegistryTests",
        ["pull --platform"] = "RegistryTests",
        ["pull --quiet"] = "RegistryTests",
        ["pull --tls-verify"] = "RegistryTests",
        ["push --all-tags"] = "RegistryTests",
        ["push --quiet"] = "RegistryTests",
        ["push --tls-verify"] = "RegistryTests",
        ["start --detach-keys"] = "TerminalTests.LeaveKeys_LeaveTheContainerRunning_AndAttachComesBack",
        ["stats --no-stream"] = "OptionTests.Stats_OnceInATemplate",
    };

    // By its page, the option asks for what is so without it.
    private static readonly string[] s_alwaysSo = ["image ls --all"];

    private static readonly string[] s_commands =
    [
        "attach", "commit", "cp", "diff", "events", "exec", "export", "image bootstrap", "image diff", "image history", "image import",
        "image inspect", "image load", "image ls", "image prune", "image rm", "image save", "image tag", "info", "inspect", "kill", "login",
        "logout", "logs", "pause", "prune", "ps", "pull", "push", "rename", "restart", "rm", "start", "stats", "stop", "system df",
        "system prune", "top", "unpause", "update", "version", "volume create", "volume inspect", "volume ls", "volume prune", "volume rm", "wait",
    ];

    private static readonly OptionEffect[] s_effects =
    [
        new("commit --author", "commit @ BOX made", "-a me", "image inspect -f {{.Author}} made", Ended),
        new("commit --change", "commit @ BOX made", "-c 'USER 7'", "image inspect -f {{.Config.User}} made", Ended),
        new("commit --message", "commit @ BOX made", "-m why", "image history --format {{.Comment}} made", Ended),
        new("commit --pause", "commit @ BOX made", "--pause=false", "events --since 1h --until 0s --filter event=pause --filter container=BOX --format {{.Action}}", Runs),
        new("cp --quiet", "cp @ seen:/etc/passwd DIR/copied", "--quiet=false"),
        new("events --filter", "events --since 1h --until 0s --filter container=told @", "--filter event=no-such"),
        new("events --format", "events --since 1h --until 0s --filter container=told @", "--format {{.Type}}"),
        new("events --since", "events --until 0s --filter container=told @", "--since 1h"),
        new("events --until", "events --since 1h --until 0s --filter container=told @", "--until 30m"),
        new("exec --detach", "exec @ seen echo out", "-d"),
        new("exec --env", "exec @ seen sh -c 'echo $A'", "-e A=1"),
        new("exec --env-file", "exec @ seen sh -c 'echo $A'", "--env-file FILE"),
        new("exec --interactive", "exec @ seen cat", "-i"),
        new("exec --privileged", "exec @ seen grep CapEff /proc/self/status", "--privileged"),
        new("exec --tty", "exec @ seen tty", "-t"),
        new("exec --user", "exec @ seen id", "-u user"),
        new("exec --workdir", "exec @ seen pwd", "-w /tmp"),
        new("export --output", "export @ seen", "-o DIR/exported"),
        new("image history --format", "image history @ busybox", "--format {{.Size}}"),
        new("image history --human", "image history @ --format {{.Size}} busybox", "--human=false"),
        new("image history --no-trunc", "image history @ --format {{.ID}} busybox", "--no-trunc"),
        new("image history --quiet", "image history @ busybox", "-q"),
        new("image import --change", "image import @ DIR/root.tar made", "-c 'USER 7'", "image inspect -f {{.Config.User}} made"),
        new("image import --message", "image import @ DIR/root.tar made", "-m why", "image history --format {{.Comment}} made"),
        new("image inspect --format", "image inspect @ busybox", "-f {{.Id}}"),
        new("image load --input", "image load @", "-i DIR/saved.tar"),
        new("image load --quiet", "image load -i DIR/saved.tar @", "-q"),
        new("image ls --digests", "image ls @", "--digests"),
        new("image ls --filter", "image ls -q @", "--filter reference=nothing"),
        new("image ls --format", "image ls @", "--format {{.Repository}}"),
        new("image ls --no-trunc", "image ls -q @", "--no-trunc"),
        new("image ls --quiet", "image ls @", "-q"),
        new("image prune --all", "image prune -f --filter label=of @", "-a", "image ls --format {{.Repository}}", Spare),
        new("image prune --filter", "image prune -af --filter label=of @", "--filter label=none", "image ls --format {{.Repository}}", Spare),
        new("image prune --force", "image prune -a --filter label=of @", "-f", "image ls --format {{.Repository}}", Spare),
        new("image rm --force", "image rm @ used", "-f", "image ls --format {{.Repository}}", "image import DIR/root.tar used; create --name BOX used true"),
        new("image save --output", "image save @ busybox", "-o DIR/written"),
        new("info --format", "info @", "-f {{.Driver}}"),
        new("inspect --format", "inspect @ seen", "-f {{.Name}}"),
        new("inspect --size", "inspect @ seen", "-s"),
        new("inspect --type", "inspect @ both", "--type image"),
        new("kill --signal", "kill @ BOX", "-s USR1", "wait BOX", Asked),
        new("logs --since", "logs @ told", "--since 2090-01-01T00:00:00Z"),
        new("logs --tail", "logs @ told", "--tail 1"),
        new("logs --timestamps", "logs @ told", "-t"),
        new("logs --until", "logs @ told", "--until 2000-01-01T00:00:00Z"),
        new("prune --filter", "prune -f --filter label=of @", "--filter label=none", "ps -a --format {{.Names}} --filter name=BOX", Labelled),
        new("prune --force", "prune --filter label=of @", "-f", "ps -a --format {{.Names}} --filter name=BOX", Labelled),
        new("ps --all", "ps --format {{.Names}} @", "-a"),
        new("ps --filter", "ps -a @", "--filter name=told"),
        new("ps --format", "ps @", "--format {{.Names}}"),
        new("ps --last", "ps @ --format {{.Names}}", "-n 2"),
        new("ps --latest", "ps @ --format {{.Names}}", "-l"),
        new("ps --no-trunc", "ps -q @", "--no-trunc"),
        new("ps --quiet", "ps @", "-q"),
        new("ps --size", "ps @", "-s"),
        new("restart --signal", "restart @ BOX", "-s USR1", "logs BOX", Asked),
        new("restart --time", "restart @ BOX", "-t 0", "logs BOX", Asked),
        new("rm --force", "rm @ BOX", "-f", "ps -a --format {{.Names}} --filter name=BOX", Runs),
        new("rm --volumes", "rm @ BOX", "-v", "volume ls -q", "run --name BOX -v /own busybox true"),
        new("start --attach", "start @ BOX", "-a", null, "create --name BOX busybox echo out"),
        new("start --interactive", "start @ BOX", "-i", null, "create -i --name BOX busybox cat"),
        new("stats --all", "stats --no-stream --format {{.Name}} @", "-a"),
        new("stats --format", "stats --no-stream @ told", "--format {{.Name}}"),
        new("stats --no-trunc", "stats --no-stream @ --format {{.ID}} told", "--no-trunc"),
        new("stop --signal", "stop @ BOX", "-s USR1", "inspect -f {{.State.ExitCode}} BOX", Asked),
        new("stop --time", "stop @ BOX", "-t 0", "inspect -f {{.State.ExitCode}} BOX", Asked),
        new("system df --format", "system df @", "--format {{.Type}}"),
        new("system df --verbose", "system df @", "-v"),
        new("system prune --all", "system prune -f --filter label=of @", "-a", "image ls --format {{.Repository}}", Spare),
        new("system prune --filter", "system prune -f --filter label=of @", "--filter label=none", "ps -a --format {{.Names}} --filter name=BOX", Labelled),
        new("system prune --force", "system prune --filter label=of @", "-f", "ps -a --format {{.Names}} --filter name=BOX", Labelled),
        new("system prune --volumes", "system prune -f --filter label!=keep @", "--volumes", "volume ls -q", "run --name BOX -v /own busybox true; rm BOX"),
        new("update --blkio-weight", "update --cpus 1 @ BOX", "--blkio-weight 500", "inspect -f {{.HostConfig.BlkioWeight}} BOX", Made),
        new("update --cpu-period", "update --pids-limit 9 @ BOX", "--cpu-period 50000", "inspect -f {{.HostConfig.CpuPeriod}} BOX", Made),
        new("update --cpu-quota", "update --pids-limit 9 @ BOX", "--cpu-quota 20000", "inspect -f {{.HostConfig.CpuQuota}} BOX", Made),
        new("update --cpu-rt-period", "update --pids-limit 9 @ BOX", "--cpu-rt-period 900000", "inspect -f {{.HostConfig.CpuRealtimePeriod}} BOX", Made),
        new("update --cpu-rt-runtime", "update --pids-limit 9 @ BOX", "--cpu-rt-runtime 9000", "inspect -f {{.HostConfig.CpuRealtimeRuntime}} BOX", Made),
        new("update --cpu-shares", "update --pids-limit 9 @ BOX", "-c 512", "inspect -f {{.HostConfig.CpuShares}} BOX", Made),
        new("update --cpus", "update --pids-limit 9 @ BOX", "--cpus 0.5", "inspect -f {{.HostConfig.NanoCpus}} BOX", Made),
        new("update --cpuset-cpus", "update --pids-limit 9 @ BOX", "--cpuset-cpus 0", "inspect -f {{.HostConfig.CpusetCpus}} BOX", Made),
        new("update --cpuset-mems", "update --pids-limit 9 @ BOX", "--cpuset-mems 0", "inspect -f {{.HostConfig.CpusetMems}} BOX", Made),
        new("update --memory", "update --pids-limit 9 @ BOX", "-m 64m", "inspect -f {{.HostConfig.Memory}} BOX", Made),
        new("update --memory-reservation", "update --pids-limit 9 @ BOX", "--memory-reservation 32m", "inspect -f {{.HostConfig.MemoryReservation}} BOX", Made),
        new("update --memory-swap", "update -m 64m @ BOX", "--memory-swap 100m", "inspect -f {{.HostConfig.MemorySwap}} BOX", Made),
        new("update --pids-limit", "update --cpus 1 @ BOX", "--pids-limit 9", "inspect -f {{.HostConfig.PidsLimit}} BOX", Made),
        new("update --restart", "update --cpus 1 @ BOX", "--restart always", "inspect -f {{.HostConfig.RestartPolicy.Name}} BOX", Made),
        new("version --format", "version @", "-f {{.Client.Version}}"),
        new("volume create --driver", "volume create @ made", "-d nfs"),
        new("volume create --label", "volume create @ made", "--label a=b", "volume ls --filter label=a -q"),
        new("volume inspect --format", "volume inspect @ data", "-f {{.Name}}"),
        new("volume ls --filter", "volume ls -q @", "--filter name=none"),
        new("volume ls --format", "volume ls @", "--format {{.Name}}"),
        new("volume ls --quiet", "volume ls @", "-q"),
        new("volume prune --all", "volume prune -f @", "-a", "volume ls -q", "volume create spare"),
        new("volume prune --filter", "volume prune -af @", "--filter label=none", "volume ls -q", "volume create spare"),
        new("volume prune --force", "volume prune -a @", "-f", "volume ls -q", "volume create spare"),
        new("volume rm --force", "volume rm @ none", "-f"),
    ];

    public static TheoryData<string> Commands => [.. s_commands];

    public static TheoryData<string> Effects => [.. s_effects.Select(effect => effect.Option)];

    [Theory]
    [MemberData(nameof(Commands))]
    public void Option_HasARowOrATest(string command)
    {
        HullHost.RequireRoot();
        string page = prepared.Hull.Run(["help", .. command.Split(' ')]).Succeeds();

        string[] without = [.. OptionLine().Matches(page).Select(match => $"{command} --{match.Groups[1].Value}").Where(option =>
            !s_effects.Any(effect => effect.Option == option) && !s_elsewhere.ContainsKey(option) && !s_alwaysSo.Contains(option))];

        Assert.Empty(without);
    }

    [Fact]
    public void TestThatARowNames_IsThere() => Assert.All(s_elsewhere.Values, name =>
    {
        string[] parts = name.Split('.');
        if (parts[0] == "Hull")
        {
            return; // Another project's.
        }

        Type? type = Assembly.GetExecutingAssembly().GetType($"Hull.System.Tests.{parts[0]}");
        Assert.True(type is not null && (parts.Length == 1 || type.GetMethod(parts[1]) is not null), name);
    });

    [Theory]
    [MemberData(nameof(Effects))]
    public void Option_ChangesWhatItsCommandDoes(string option)
    {
        HullHost.RequireRoot();
        OptionEffect effect = s_effects.First(one => one.Option == option);

        string without = Do(effect, "");
        string with = Do(effect, effect.Words);

        Assert.NotEqual(without, with);
        Assert.DoesNotContain("is not known", with, StringComparison.Ordinal);
    }

    [GeneratedRegex("^  (?:-\\w, |    )--([a-z-]+)", RegexOptions.Multiline)]
    private static partial Regex OptionLine();

    [GeneratedRegex("(Less than a second|About a minute|\\d+ seconds?|\\d+ minutes?)")]
    private static partial Regex Durations();

    [GeneratedRegex("'([^']*)'|(\\S+)")]
    private static partial Regex Word();

    private string Do(OptionEffect effect, string words)
    {
        string box = $"box-{Guid.NewGuid():N}";
        try
        {
            foreach (string line in SplitCommands(effect.Before))
            {
                Run(line, box).Succeeds();
            }

            HullResult done = Run(effect.Command.Replace("@", words, StringComparison.Ordinal), box);
            HullResult seen = effect.Look is null ? done : Run(effect.Look, box);
            if (effect.Look is not null && words.Length > 0 && !effect.Option.Contains("-rt-", StringComparison.Ordinal))
            {
                _ = done.Succeeds(); // Real-time limits are refused where the kernel has none.
            }

            string text = $"{done.ExitCode} {done.Error} {seen.ExitCode} {seen.Output} {seen.Error}";
            return Durations().Replace(text.Replace(box, "BOX", StringComparison.Ordinal), "TIME");
        }
        finally
        {
            prepared.TidyUp(box);
        }
    }

    private HullResult Run(string line, string box) => prepared.Hull.RunWithInput(Input, [.. Word().Matches(line
        .Replace("BOX", box, StringComparison.Ordinal)
        .Replace("DIR", prepared.Directory, StringComparison.Ordinal)
        .Replace("FILE", prepared.File, StringComparison.Ordinal)).Select(match => match.Groups[match.Groups[1].Success ? 1 : 2].Value)]);

    // A semicolon within quotes belongs to the program.
    private static string[] SplitCommands(string lines) => lines.Split("; exec BOX") is [var first, var second]
        ? [first, "exec BOX" + second]
        : lines.Contains('\'', StringComparison.Ordinal) ? [lines] : lines.Split("; ", StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What all rows look at: a container that runs, one that ended after it printed, an image and a volume.</summary>
    public sealed class Prepared : IDisposable
    {
        public Prepared()
        {
            if (!HullHost.CanRun)
            {
                return;
            }

            global::System.IO.File.WriteAllText(File, "A=2\n");
            Hull.Run("run", "-d", "--name", "seen", "-v", "data:/data", "busybox", "sleep", "100000").Succeeds();
            Hull.Run("run", "--name", "told", "-l", "keep", "busybox", "sh", "-c", "echo one; echo two").Succeeds();
            Hull.Run("export", "-o", Path.Combine(Directory, "root.tar"), "told").Succeeds();
            Hull.Run("image", "import", Path.Combine(Directory, "root.tar"), "both").Succeeds();
            Hull.Run("image", "import", Path.Combine(Directory, "root.tar"), "other").Succeeds();
            Hull.Run("create", "--name", "both", "-l", "keep", "busybox", "true").Succeeds();
            Hull.Run("image", "save", "-o", Path.Combine(Directory, "saved.tar"), "busybox").Succeeds();
        }

        internal HullHost Hull { get; } = new();

        internal string Directory => Hull.HomeDirectory;

        internal string File => Path.Combine(Directory, "variables");

        public void Dispose() => Hull.Dispose();

        internal void TidyUp(string box)
        {
            Hull.Run("rm", "-fv", box);
            Hull.Run("volume", "prune", "-f");
            Hull.Run("volume", "rm", "-f", "made", "spare");
            Hull.Run("image", "rm", "-f", "made", "spare", "used");
        }
    }
}
