using System.Globalization;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>What is rarely asked of a process, and what the kernel says of it afterwards.</summary>
public sealed class ProcessSettingTests
{
    [Theory]
    [InlineData("SCHED_OTHER", 5, 0, "0")]
    [InlineData("SCHED_BATCH", 19, 0, "3")]
    [InlineData("SCHED_IDLE", 0, 0, "5")]
    [InlineData("SCHED_FIFO", 0, 10, "1")]
    [InlineData("SCHED_RR", 0, 20, "2")]
    public void Create_WithAScheduler_RunsUnderIt(string policy, int nice, int priority, string expected)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Scheduler = new SchedulerSpec { Policy = policy, Nice = nice, Priority = priority };

        // A version 1 cgroup has no real-time share of its own, where the kernel counts such shares.
        (int code, string output) = container.Run("cat /proc/self/stat", new CreateOptions { Cgroups = CgroupManagement.Disabled });

        // Fields 19, 40, and 41 of proc(5)'s stat: nice value, real-time priority, policy. The kernel sets a nice value with the two policies
        // that know one; others keep what this process has. Source: sched_setattr(2).
        string[] fields = output.Split(' ');
        string kept = File.ReadAllText("/proc/self/stat").Split(' ')[18];
        Assert.Equal(0, code);
        Assert.Equal([policy is "SCHED_OTHER" or "SCHED_BATCH" ? $"{nice}" : kept, $"{priority}", expected], (string[])[fields[18], fields[39], fields[40]]);
    }

    [Fact]
    public void Create_WithADeadline_RunsUnderIt()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];
        container.Spec.Process.Scheduler = new SchedulerSpec
        {
            Policy = "SCHED_DEADLINE",
            Runtime = 42_000,
            Deadline = 100_000,
            Period = 1_000_000,
            Flags = ["SCHED_FLAG_RESET_ON_FORK"],
        };

        using ContainerTask task = container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = false });

        // Field 41 of proc(5)'s stat is the policy; SCHED_DEADLINE is 6.
        string[] fields = File.ReadAllText($"/proc/{task.ProcessId}/stat").Split(' ');
        Assert.Equal("6", fields[40]);
        Assert.Contains("dl.runtime", File.ReadAllText($"/proc/{task.ProcessId}/sched"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IOPRIO_CLASS_RT", 3, "realtime: prio 3")]
    [InlineData("IOPRIO_CLASS_BE", 4, "best-effort: prio 4")]
    [InlineData("IOPRIO_CLASS_IDLE", 0, "idle")]
    public void Create_WithAnIoPriority_RunsUnderIt(string kind, int priority, string expected)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.IoPriority = new IoPrioritySpec { Class = kind, Priority = priority };

        (int code, string output) = container.Run("ionice -p $$");

        Assert.Equal(0, code);
        Assert.StartsWith(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MPOL_DEFAULT", null, null, "default")]
    [InlineData("MPOL_LOCAL", null, null, "local")]
    [InlineData("MPOL_BIND", "0", null, "bind:0")]
    [InlineData("MPOL_BIND", "0", "MPOL_F_STATIC_NODES", "bind=static:0")]
    [InlineData("MPOL_PREFERRED", "0", "MPOL_F_RELATIVE_NODES", "prefer=relative:0")]
    [InlineData("MPOL_INTERLEAVE", "0", null, "interleave:0")]
    public void Create_WithAMemoryPolicy_RunsUnderIt(string mode, string? nodes, string? flag, string expected)
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/proc/self/numa_maps"), "This kernel has no memory policies (CONFIG_NUMA).");
        using TestContainer container = new();
        container.Spec.Linux!.MemoryPolicy = new MemoryPolicySpec { Mode = mode, Nodes = nodes, Flags = flag is null ? null : [flag] };

        (int code, string output) = container.Run("head -n 1 /proc/self/numa_maps");

        Assert.Equal(0, code);
        Assert.Equal(expected, output.Split(' ')[1]);
    }

    [Fact]
    public void Create_WithThePersonalityOfA32BitMachine_IsOne()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Linux!.Personality = new PersonalitySpec { Domain = "LINUX32" };

        Assert.Equal((0, "i686\n00000008\n"), container.Run("uname -m; cat /proc/self/personality"));
    }

    [Fact]
    public void Create_WithTimeOffsets_ShiftsBothClocks()
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/proc/self/timens_offsets"), "This kernel has no time namespaces.");
        using TestContainer container = new();
        ShiftClocks(container);

        (int code, string output) = container.Run("cat /proc/uptime; cat /proc/self/timens_offsets");

        Assert.Equal(0, code);
        AssertShifted(output);
    }

    [Fact]
    public void Create_WithTimeOffsetsAndUserNamespace_ShiftsThemToo()
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/proc/self/timens_offsets"), "This kernel has no time namespaces.");
        using TestContainer container = new();
        ShiftClocks(container);
        File.SetUnixFileMode(container.DirectoryPath, (UnixFileMode)0x1ed);
        Directory.CreateDirectory(container.RootPath + "/proc");
        Directory.CreateDirectory(container.RootPath + "/dev");
        container.Spec.Linux!.Namespaces = [.. container.Spec.Linux.Namespaces!, new NamespaceSpec { Type = "user" }];
        container.Spec.Linux.UidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];
        container.Spec.Linux.GidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];

        (int code, string output) = container.Run("cat /proc/uptime; cat /proc/self/timens_offsets");

        Assert.Equal(0, code);
        AssertShifted(output);
    }

    [Fact]
    public void Create_OfASession_HasAKeyringOfItsOwnUnlessToldOtherwise()
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/proc/keys"), "This kernel has no keyrings.");
        using TestContainer container = new();

        // In this order: a keyring is listed for a while after its last process.
        (_, string shared) = container.Run("cat /proc/keys", new CreateOptions { NoNewKeyring = true });
        (_, string own) = container.Run("cat /proc/keys");

        Assert.Contains("_ses." + container.Id, own, StringComparison.Ordinal);
        Assert.DoesNotContain("_ses." + container.Id, shared, StringComparison.Ordinal);
    }

    private static void ShiftClocks(TestContainer container)
    {
        container.Spec.Linux!.Namespaces = [.. container.Spec.Linux.Namespaces!, new NamespaceSpec { Type = "time" }];
        container.Spec.Linux.TimeOffsets = new Dictionary<string, TimeOffsetSpec>
        {
            ["monotonic"] = new() { Secs = 7_000_000, Nanosecs = 5 },
            ["boottime"] = new() { Secs = 9_000_000 },
        };
    }

    private static void AssertShifted(string output)
    {
        string[] lines = output.Split('\n');
        Assert.InRange(double.Parse(lines[0].Split(' ')[0], CultureInfo.InvariantCulture), 9_000_000, 900_000_000);
        Assert.Equal(["monotonic", "7000000", "5"], lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["boottime", "9000000", "0"], lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }
}
