using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

public sealed class WaitingProcessTests
{
    [Fact]
    public void Create_HoldsNothingOfTheCaller_ButStreamsAndItsTwoPipes()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        using ContainerTask task = container.Runtime.Create(container.Bundle());

        string[] held = [.. Directory.GetFiles($"/proc/{task.ProcessId}/fd").Select(path => File.ResolveLinkTarget(path, false)?.FullName ?? path)];

        Assert.Equal(3, held.Count(target => target.EndsWith("/dev/null", StringComparison.Ordinal)));
        Assert.Equal(2, held.Count(target => target.EndsWith("/exec.fifo", StringComparison.Ordinal)));
        Assert.Single(held, target => target.Contains("signalfd", StringComparison.Ordinal));
        Assert.Equal(6, held.Length);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(2)]
    public void Signal_ThatEndsAProcess_EndsTheWaitThoughItIsTheFirstOfItsNamespace(int signal)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        using ContainerTask task = container.Runtime.Create(container.Bundle());

        task.Signal(new Signal(signal), all: false);

        Assert.True(KernelProcess.WaitReadable(task.PidFd!, 10_000));
        Assert.Equal(TaskStatus.Stopped, task.Status);
    }

    [Fact]
    public void Start_AfterTheWait_RunsTheProgramWithSignalsUnblocked()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        container.Spec.Process!.Args = ["sh", "-c", "while read name value; do case $name in SigBlk:) echo $value; esac; done < /proc/self/status"];
        using ContainerTask task = container.Runtime.Create(container.Bundle(writer));
        writer.Dispose();

        _ = task.Start();

        using (reader)
        {
            Assert.Equal("0000000000000000\n", System.Text.Encoding.UTF8.GetString(HostFile.ReadAll(reader, "output")));
        }
    }

    [Fact]
    public void Create_AsAUserWhoMayExecuteByCapabilityOnly_Runs()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        File.SetUnixFileMode(container.DirectoryPath, (UnixFileMode)0x1ed);
        File.SetUnixFileMode(container.RootPath + "/bin/busybox", (UnixFileMode)0x1e4);
        string[] all = ["CAP_DAC_OVERRIDE"];
        container.Spec.Process!.User = new UserSpec { Uid = 1000, Gid = 1000 };
        container.Spec.Process.Capabilities =
            new CapabilitiesSpec { Bounding = all, Effective = all, Permitted = all, Inheritable = all, Ambient = all };

        Assert.Equal((0, "1000\n"), container.Run("id -u"));
    }

    [Fact]
    public void Create_WithTimeAndUserNamespaces_ShiftsTheClocks()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        UserNamespace(container);
        container.Spec.Linux!.Namespaces = [.. container.Spec.Linux.Namespaces!, new NamespaceSpec { Type = "time" }];
        container.Spec.Linux.TimeOffsets = new Dictionary<string, TimeOffsetSpec> { ["boottime"] = new() { Secs = 1337, Nanosecs = 99 } };

        (int code, string output) = container.Run("cat /proc/self/timens_offsets");

        Assert.Equal(0, code);
        Assert.Matches(@"boottime\s+1337\s+99\n", output);
    }

    [Fact]
    public void Create_WithDeadlinesAndFewProcessors_SaysWhatDoesNotGoTogether()
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(Environment.ProcessorCount > 1, "With one processor the two do go together.");
        using TestContainer container = new();
        container.Spec.Process!.Scheduler =
            new SchedulerSpec { Policy = "SCHED_DEADLINE", Runtime = 42000, Deadline = 1_000_000, Period = 1_000_000 };
        container.Spec.Linux!.Resources = new LinuxResources { Cpu = new CpuSpec { Cpus = "0" } };

        HullException error = Assert.ThrowsAny<HullException>(() => container.Runtime.Create(container.Bundle()));

        Assert.Contains("process scheduler can't be used together with AllowedCPUs", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Gives a container a user namespace whose root may use its files.</summary>
    internal static void UserNamespace(TestContainer container)
    {
        File.SetUnixFileMode(container.DirectoryPath, (UnixFileMode)0x1ed);
        Directory.CreateDirectory(container.RootPath + "/proc");
        Directory.CreateDirectory(container.RootPath + "/dev");
        container.Spec.Linux!.Namespaces = [.. container.Spec.Linux.Namespaces!, new NamespaceSpec { Type = "user" }];
        container.Spec.Linux.UidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100_000, Size = 65_536 }];
        container.Spec.Linux.GidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100_000, Size = 65_536 }];
    }
}
