using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

public sealed class StartHookTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void StartContainerHook_IsAProcessOfTheContainer(bool waits)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        const string Script =
            "read state; test -d /proc/$$ && id -u > /keep/made && ls /proc/self/fd > /keep/fds && cat /proc/self/status > /keep/status";
        container.Spec.Process!.User = new UserSpec { Uid = 0, Gid = 0 };
        container.Spec.Process.Capabilities = new CapabilitiesSpec();
        container.Spec.Process.Args = ["sh", "-c", "exit 3"];
        container.Spec.Hooks = new HooksSpec { StartContainer = [new HookSpec { Path = "/bin/sh", Args = ["sh", "-c", Script] }] };
        container.Mount(new MountSpec { Destination = "/keep", Type = "bind", Source = Keep(container), Options = ["bind"] });

        using ContainerTask task = container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = waits });
        _ = waits && task.Start();

        Assert.Equal(3, task.Wait().Code);
        Assert.Equal("0\n", File.ReadAllText(Keep(container) + "/made"));
        Assert.Equal("0\n1\n2\n3\n", File.ReadAllText(Keep(container) + "/fds"));
        Assert.Contains("CapEff:\t0000000000000000\n", File.ReadAllText(Keep(container) + "/status"), StringComparison.Ordinal);
    }

    [Fact]
    public void StartContainerHook_RunsUnderTheFilter()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["true"];
        container.Spec.Process.Rlimits = [new RlimitSpec { Type = "RLIMIT_CORE", Soft = 0, Hard = 0 }];
        container.Spec.Linux!.Seccomp = new SeccompSpec
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Syscalls = [new SyscallRuleSpec { Names = ["umask"], Action = "SCMP_ACT_KILL_PROCESS" }],
        };
        container.Spec.Hooks = new HooksSpec { StartContainer = [new HookSpec { Path = "/bin/sh", Args = ["sh", "-c", "umask 0"] }] };

        HullException error = Assert.ThrowsAny<HullException>(
            () => container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = false }));

        Assert.Contains("error running startContainer hook #0", error.Message, StringComparison.Ordinal);
        Assert.Contains("bad system call", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateContainerHook_StartsInTheRoot()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Hooks = new HooksSpec { CreateContainer = [new HookSpec { Path = "/bin/sh", Args = ["sh", "-c", "echo made > ./made"] }] };

        Assert.Equal((0, "made\n"), container.Run("cat /made"));
    }

    private static string Keep(TestContainer container) => Directory.CreateDirectory(container.DirectoryPath + "/keep").FullName;
}
