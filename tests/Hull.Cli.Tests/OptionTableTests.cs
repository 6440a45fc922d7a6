using System.Text.Json;
using Hull.Cli.Commands;
using Hull.Engine;
using Hull.Engine.Containers;
using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Engine.State;
using Hull.Oci.Image;
using Hull.Oci.Runtime;
using Hull.Runtime.MicroVm;
using Hull.Supervision;

namespace Hull.Cli.Tests;

/// <summary>No option of Docker's is silently ignored: each changes what is made, or is refused with a sentence.</summary>
public sealed class OptionTableTests : IDisposable
{
    // What these do is seen while the command runs, not in what it makes: see the test each names.
    private static readonly Dictionary<string, string> s_ofTheCommand = new()
    {
        ["attach"] = "TerminalTests.Attach_OfOneStream_ShowsOnlyThat",
        ["cidfile"] = "OptionTests.CidFile_GetsTheIdentifier_AndIsNotOverwritten",
        ["detach"] = "LifeTests.Detached_IsListedLoggedExecutedInStoppedAndRemoved",
        ["detach-keys"] = "TerminalTests.LeaveKeys_LeaveTheContainerRunning_AndAttachComesBack",
        ["quiet"] = "RegistryTests.Run_PullsWhatIsMissing_QuietlyIfAsked",
        ["sig-proxy"] = "TerminalTests.Interrupt_WithoutTerminalInTheContainer_IsPassedOn_OrNot",
    };

    // One value for each option that differs from what is so without it.
    private static readonly Dictionary<string, string[]> s_examples = new()
    {
        ["add-host"] = ["--add-host=box:10.0.0.1"],
        ["annotation"] = ["--annotation=a=b"],
        ["blkio-weight"] = ["--blkio-weight=500"],
        ["blkio-weight-device"] = ["--blkio-weight-device=/dev/null:500"],
        ["cap-add"] = ["--cap-add=SYS_ADMIN"],
        ["cap-drop"] = ["--cap-drop=CHOWN"],
        ["cgroup-parent"] = ["--cgroup-parent=/other"],
        ["cgroupns"] = ["--cgroupns=host"],
        ["cpu-period"] = ["--cpu-period=50000"],
        ["cpu-quota"] = ["--cpu-quota=20000"],
        ["cpu-rt-period"] = ["--cpu-rt-period=1000000"],
        ["cpu-rt-runtime"] = ["--cpu-rt-runtime=950000"],
        ["cpu-shares"] = ["--cpu-shares=512"],
        ["cpus"] = ["--cpus=0.5"],
        ["cpuset-cpus"] = ["--cpuset-cpus=0"],
        ["cpuset-mems"] = ["--cpuset-mems=0"],
        ["device"] = ["--device=/dev/null:/dev/nothing:r"],
        ["device-cgroup-rule"] = ["--device-cgroup-rule=c 1:3 rwm"],
        ["device-read-bps"] = ["--device-read-bps=/dev/null:1mb"],
        ["device-read-iops"] = ["--device-read-iops=/dev/null:100"],
        ["device-write-bps"] = ["--device-write-bps=/dev/null:1mb"],
        ["device-write-iops"] = ["--device-write-iops=/dev/null:100"],
        ["dns"] = ["--dns=10.0.0.53"],
        ["dns-option"] = ["--dns-option=ndots:2"],
        ["dns-search"] = ["--dns-search=example.org"],
        ["domainname"] = ["--domainname=example.org"],
        ["entrypoint"] = ["--entrypoint=/bin/true"],
        ["env"] = ["--env=A=1"],
        ["env-file"] = ["--env-file={file}"],
        ["expose"] = ["--expose=8000-8002/udp"],
        ["group-add"] = ["--group-add=77"],
        ["health-cmd"] = ["--health-cmd=true"],
        ["health-interval"] = ["--health-cmd=true", "--health-interval=7s"],
        ["health-retries"] = ["--health-cmd=true", "--health-retries=7"],
        ["health-start-interval"] = ["--health-cmd=true", "--health-start-interval=7s"],
        ["health-start-period"] = ["--health-cmd=true", "--health-start-period=7s"],
        ["health-timeout"] = ["--health-cmd=true", "--health-timeout=7s"],
        ["hostname"] = ["--hostname=box"],
        ["init"] = ["--init"],
        ["interactive"] = ["--interactive"],
        ["ipc"] = ["--ipc=host"],
        ["isolation"] = ["--isolation=vm"],
        ["label"] = ["--label=a=b"],
        ["label-file"] = ["--label-file={file}"],
        ["log-driver"] = ["--log-driver=none"],
        ["log-opt"] = ["--log-opt=max-size=1m"],
        ["memory"] = ["--memory=64m"],
        ["memory-reservation"] = ["--memory-reservation=32m"],
        ["memory-swap"] = ["--memory=64m", "--memory-swap=100m"],
        ["memory-swappiness"] = ["--memory-swappiness=10"],
        ["mount"] = ["--mount=type=bind,source=/tmp,target=/seen,readonly"],
        ["name"] = ["--name=box"],
        ["net"] = ["--net=host"],
        ["network"] = ["--network=host"],
        ["no-healthcheck"] = ["--no-healthcheck"],
        ["oom-kill-disable"] = ["--memory=64m", "--oom-kill-disable"],
        ["oom-score-adj"] = ["--oom-score-adj=100"],
        ["pid"] = ["--pid=host"],
        ["pids-limit"] = ["--pids-limit=50"],
        ["platform"] = ["--platform=linux/arm64"],
        ["privileged"] = ["--privileged"],
        ["publish"] = ["!--publish=80:80"],
        ["publish-all"] = ["!--publish-all"],
        ["pull"] = ["--pull=always"],
        ["read-only"] = ["--read-only"],
        ["restart"] = ["--restart=on-failure:3"],
        ["rm"] = ["--rm"],
        ["security-opt"] = ["--security-opt=no-new-privileges"],
        ["shm-size"] = ["--shm-size=1m"],
        ["stop-signal"] = ["--stop-signal=USR1"],
        ["stop-timeout"] = ["--stop-timeout=3"],
        ["sysctl"] = ["--sysctl=net.core.somaxconn=99"],
        ["systemd"] = ["--systemd=always"],
        ["tmpfs"] = ["--tmpfs=/scratch:size=1m"],
        ["tty"] = ["--tty"],
        ["ulimit"] = ["--ulimit=nofile=77:99"],
        ["user"] = ["--user=5:6"],
        ["userns"] = ["--userns=host"],
        ["uts"] = ["--uts=host"],
        ["vm-boot-timeout"] = ["--isolation=vm", "--vm-boot-timeout=1m"],
        ["vm-kernel"] = ["--isolation=vm", "--vm-kernel=trixie"],
        ["vm-root"] = ["--isolation=vm", "--vm-root=block"],
        ["volume"] = ["--volume=data:/data"],
        ["volumes-from"] = ["--volumes-from=other"],
        ["workdir"] = ["--workdir=/work"],
    };

    // What a machine of its own cannot have, by the words of the refusal; everything else goes into the guest's specification.
    private static readonly Dictionary<string, string> s_refusedInMachines = new()
    {
        ["blkio-weight-device"] = "limit devices of the host",
        ["cpuset-cpus"] = "be bound to processors of the host",
        ["cpuset-mems"] = "be bound to processors of the host",
        ["device"] = "be given devices of the host",
        ["device-read-bps"] = "limit devices of the host",
        ["device-read-iops"] = "limit devices of the host",
        ["device-write-bps"] = "limit devices of the host",
        ["device-write-iops"] = "limit devices of the host",
        ["ipc"] = "use the host's ipc namespace",
        ["net"] = "use the host's network namespace",
        ["network"] = "use the host's network namespace",
        ["pid"] = "use the host's pid namespace",
        ["privileged"] = "be given devices of the host",
        ["uts"] = "use the host's uts namespace",
    };

    private readonly string _root = Directory.CreateTempSubdirectory("hull-options-").FullName;

    public OptionTableTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "etc"));
        File.WriteAllText(Path.Combine(_root, "etc", "passwd"), "root:x:0:0::/root:/bin/sh\n");
        File.WriteAllText(Path.Combine(_root, "file"), "# a comment\nFROM_FILE=1\n");
    }

    public static IEnumerable<TheoryDataRow<string, string>> Options =>
        DockerOptions.ByCommand.SelectMany(row => row.Value.Split(' ').Select(option => new TheoryDataRow<string, string>(row.Key, option)));

    public static IEnumerable<TheoryDataRow<string>> ContainerOptions =>
        MakeCommand("run").Flags.Where(flag => flag is not RefusedFlag).Select(flag => new TheoryDataRow<string>(flag.Name));

    public static IEnumerable<TheoryDataRow<string, string>> RefusedOptions => CommandTable.All.SelectMany(
        entry => entry.Make().Flags.OfType<RefusedFlag>().Select(flag => new TheoryDataRow<string, string>(entry.Name, flag.Name)));

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [MemberData(nameof(Options))]
    public void DockersOption_IsKnown(string command, string option) =>
        Assert.Contains(MakeCommand(command).Flags, flag => flag.Name == option);

    [Theory]
    [MemberData(nameof(RefusedOptions))]
    public void RefusedOption_SaysWhyInOneSentence(string command, string option)
    {
        Command called = MakeCommand(command);
        Flag flag = called.Flags.First(one => one.Name == option);
        string word = flag.IsSwitch && flag.Name is not ("attach" or "kernel-memory") ? $"--{option}=nonsense" : $"--{option}=1";

        HullException error = Assert.ThrowsAny<HullException>(() => CommandParser.Parse(called, [word, "a", "b"]));

        Assert.StartsWith($"The option '--{option}' is not supported: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(ContainerOptions))]
    public void ContainerOption_ChangesWhatIsMade(string option)
    {
        if (s_ofTheCommand.ContainsKey(option))
        {
            return;
        }

        Assert.True(s_examples.TryGetValue(option, out string[]? example), $"The option '--{option}' has no row in this table.");
        string[] words = [.. example!.Select(word => word.Replace("{file}", Path.Combine(_root, "file"), StringComparison.Ordinal))];
        if (words[0].StartsWith('!'))
        {
            Assert.ThrowsAny<HullException>(() => Describe([words[0][1..]]));
            return;
        }

        string without = Describe([.. words.Where(word => !word.StartsWith("--" + option, StringComparison.Ordinal))]);

        Assert.NotEqual(without, Describe(words));
    }

    [Theory]
    [MemberData(nameof(ContainerOptions))]
    public void ContainerOption_InAMachine_IsTheSame_OrRefusedByName(string option)
    {
        string[] words = [.. (s_examples.GetValueOrDefault(option) ?? []).Select(word => word.Replace("{file}", Path.Combine(_root, "file"), StringComparison.Ordinal))];
        if (words.Length == 0 || words[0].StartsWith('!'))
        {
            return;
        }

        (_, ContainerRow row, RuntimeSpec spec) = Make(option == "isolation" ? words : ["--isolation=vm", .. words]);
        Assert.Equal(ContainerSettings.MicroVm, row.Settings.Isolation);
        MicroVmRuntime runtime = new(_root, new NoJail());

        // A bind's source and the files of /etc must be there; where a row names others, they stand for any.
        spec = spec with { Mounts = [.. (spec.Mounts ?? []).Select(mount => mount.Type == "bind" ? mount with { Source = _root } : mount)] };
        if (s_refusedInMachines.TryGetValue(option, out string? reason))
        {
            HullException refused = Assert.Throws<HullException>(() => runtime.Check(spec));
            Assert.Equal($"A microVM cannot {reason}: leave that option out or use '--isolation container'.", refused.Message);
            return;
        }

        runtime.Check(spec);
    }

    // The request, the container's record as inspect shows it, the supervisor's orders and the specification, as one text.
    private string Describe(string[] words)
    {
        (CreateRequest request, ContainerRow row, RuntimeSpec spec) = Make(words);
        EnginePaths paths = new(_root, _root);
        string[] files = [.. ((string[])["hosts", "hostname", "resolv.conf"]).Select(name => File.ReadAllText(Path.Combine(paths.ContainerDirectory(row.Id), name)))];
        return string.Join('\n', [
            $"{request.Name} {request.Pull} {request.Platform}",
            ContainerInspection.ToJson(new ContainerView(row, new TaskRecord()), paths),
            JsonSerializer.Serialize(spec, RuntimeJson.Default.RuntimeSpec),
            .. files]);
    }

    private (CreateRequest Request, ContainerRow Row, RuntimeSpec Spec) Make(string[] words)
    {
        RunFlags run = new();
        Command command = new() { Name = "run", Summary = "", Flags = run.With(), StopsAtFirstArgument = true, Run = _ => Task.FromResult(0) };
        CreateRequest request = run.ToRequest(CommandParser.Parse(command, [.. words, "image", "program"]), attached: true);
        ContainerSettings settings = ImageDefaults.Complete(request.Settings, new ImageConfig { RootFs = new RootFsConfig() });
        ContainerRow row = new()
        {
            Id = new string('a', 64),
            Name = request.Name ?? "made-up",
            Image = request.Image,
            ImageId = "sha256:0",
            Created = DateTimeOffset.UnixEpoch,
            Settings = settings,
        };
        EnginePaths paths = new(_root, _root);
        Directory.CreateDirectory(paths.ContainerDirectory(row.Id));
        EtcFiles.Write(paths.ContainerDirectory(row.Id), row);
        RuntimeSpec spec = SpecBuilder.Build(new SpecContext
        {
            Paths = paths,
            Row = row,
            Root = new RootFilesystem { Path = _root },
            Mounts = [.. settings.Mounts.Select(mount => new ResolvedMount(mount, mount.Source))],
            ProcessOf = _ => 1,
        });
        return (request, row, spec);
    }

    private sealed class NoJail : IMachineJail
    {
        public int StartMachine(MachineProcess process) => throw new NotSupportedException();

        public int StartFileServer(MachineProcess process) => throw new NotSupportedException();

        public void Remove(string directory)
        {
        }
    }

    private static Command MakeCommand(string name) => CommandTable.All.First(entry => entry.Name == name).Make();
}
