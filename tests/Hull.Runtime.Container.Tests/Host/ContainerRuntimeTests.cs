using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

public sealed class ContainerRuntimeTests
{
    [Fact]
    public void Create_WithoutWaiting_RunsTheProgram()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Hostname = "inside";

        (int code, string output) = container.Run("echo pid $$; cat /proc/sys/kernel/hostname; exit 7");

        Assert.Equal((7, "pid 1\ninside\n"), (code, output));
    }

    [Fact]
    public void Start_OfACreatedContainer_LetsItGoOnce()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];

        using ContainerTask task = container.Runtime.Create(container.Bundle());

        Assert.Equal(TaskStatus.Created, task.Status);
        Assert.True(task.Start());
        Assert.Equal(TaskStatus.Running, task.Status);
        Assert.Equal(ErrorKind.FailedPrecondition, Assert.ThrowsAny<HullException>(() => task.Start()).Kind);
        task.Signal(Signal.Kill, all: false);
        Assert.Equal(137, task.Wait().Code);
        Assert.Equal(TaskStatus.Stopped, task.Status);
    }

    [Fact]
    public void Pause_OfARunningContainer_IsSeenAndTakenBack()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];
        using ContainerTask task = container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = false });

        task.Pause();
        TaskStatus paused = task.Status;
        task.Resume();

        Assert.Equal((TaskStatus.Paused, TaskStatus.Running), (paused, task.Status));
    }

    [Fact]
    public void Exec_InARunningContainer_JoinsIt()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];
        using ContainerTask task = container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = false });
        ProcessSpec process = new() { Args = ["sh", "-c", "test $(readlink /proc/1/ns/mnt) = $(readlink /proc/self/ns/mnt) && test $$ != 1 && exit 5"], Env = ["PATH=/bin"] };

        using ContainerProcess further = task.Exec(process, new TaskStreams());

        Assert.Equal(5, further.Wait().Code);
    }

    [Fact]
    public void Create_OfAMissingProgram_SaysSoAndLeavesNothing()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["nosuch"];

        HullException error = Assert.ThrowsAny<HullException>(() => container.Runtime.Create(container.Bundle()));

        Assert.Equal("exec: \"nosuch\": executable file not found in $PATH.", error.Message);
        Assert.Empty(container.Runtime.List());
        Assert.False(Directory.Exists("/sys/fs/cgroup/pids/hull/" + container.Id));
    }

    [Fact]
    public void Create_OfANameInUse_Refuses()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];
        using ContainerTask task = container.Runtime.Create(container.Bundle());

        HullException error = Assert.ThrowsAny<HullException>(() => container.Runtime.Create(container.Bundle()));

        Assert.Equal(ErrorKind.AlreadyExists, error.Kind);
        Assert.Equal(TaskStatus.Created, task.Status);
    }

    [Fact]
    public void Delete_OfAnInterruptedCreate_TakesTheCgroupToo()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string directory = container.DirectoryPath + "/state/" + container.Id;
        Directory.CreateDirectory(directory);
        File.WriteAllText(directory + "/config.json", "{}");
        string cgroup = "/sys/fs/cgroup/pids/hull/" + container.Id;
        Assert.SkipUnless(Directory.Exists("/sys/fs/cgroup/pids"), "This host has no version 1 pids hierarchy.");
        Directory.CreateDirectory(cgroup);

        container.Runtime.Delete(container.Id, force: true);

        Assert.False(Directory.Exists(directory));
        Assert.False(Directory.Exists(cgroup));
    }

    [Fact]
    public void Create_WithUserNamespace_MapsIds()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        File.SetUnixFileMode(container.DirectoryPath, (UnixFileMode)0x1ed);
        Directory.CreateDirectory(container.RootPath + "/proc");
        Directory.CreateDirectory(container.RootPath + "/dev");
        container.Spec.Linux!.Namespaces = [.. container.Spec.Linux.Namespaces!, new NamespaceSpec { Type = "user" }];
        container.Spec.Linux.UidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];
        container.Spec.Linux.GidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];

        (int code, string output) = container.Run("id -u; read a b c < /proc/self/uid_map; echo $a $b $c");

        Assert.Equal((0, "0\n0 100000 1000\n"), (code, output));
    }

    [Fact]
    public void Create_WithATinyMemoryLimit_Starts()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Linux!.Resources = new LinuxResources { Memory = new MemorySpec { Limit = 1 << 20 } };
        container.Spec.Process!.Args = ["/bin/true"];

        using ContainerTask task = container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = false });

        Assert.Equal(0, task.Wait().Code);
    }

    [Fact]
    public void Create_WithTmpfsThatCopiesUp_KeepsContentAndFollowsNoLink()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Directory.CreateDirectory(container.RootPath + "/data/sub");
        File.WriteAllText(container.RootPath + "/data/sub/file", "kept");
        File.CreateSymbolicLink(container.RootPath + "/data/link", "/etc/shadow");
        container.Mount(new MountSpec { Destination = "/data", Type = "tmpfs", Source = "tmpfs", Options = ["tmpcopyup"] });

        (int code, string output) = container.Run("cat /data/sub/file; echo; readlink /data/link; mount | cat > /data/new");

        Assert.Equal((0, "kept\n/etc/shadow\n"), (code, output));
        Assert.False(File.Exists(container.RootPath + "/data/new"));
    }

    [Fact]
    public void Create_WithAnIdMappedMount_ShowsOtherOwners()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string source = container.DirectoryPath + "/source";
        Directory.CreateDirectory(source);
        container.Mount(new MountSpec
        {
            Destination = "/mapped",
            Type = "bind",
            Source = source,
            Options = ["bind", "idmap"],
            UidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 5000, Size = 10 }],
            GidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 5000, Size = 10 }],
        });

        (_, string output) = container.Run("ls -ldn /mapped");

        Assert.Contains(" 5000 ", output, StringComparison.Ordinal);
    }
}
