using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container.Tests.Spawn;

public sealed class SpawnPlanCompilerTests
{
    [Fact]
    public void Compile_OfAPlainContainer_EndsWithExecve()
    {
        SpawnPlan plan = Compile(Spec());

        Assert.Equal("execve", PlanPrinter.NameOf(plan.Steps[^1]));
        Assert.Equal("exec /bin/true", plan.SubjectOf(plan.Steps.Length - 1).ToString());
    }

    [Fact]
    public void Compile_WithoutUserNamespace_MakesNamespacesByTheClone()
    {
        SpawnPlan plan = Compile(Spec());

        Assert.Equal(0x20020000ul, plan.Namespaces);
        Assert.DoesNotContain("unshare(", PlanPrinter.Print(plan), StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_WithUserNamespace_EntersItBeforeAnyOther()
    {
        RuntimeSpec spec = Spec();
        spec.Linux!.Namespaces = [.. spec.Linux.Namespaces!, new NamespaceSpec { Type = "user" }];

        SpawnPlan plan = Compile(spec);

        string[] lines = Lines(plan, "unshare(", "clone3(");
        Assert.Equal(0ul, plan.Namespaces);
        Assert.Contains("unshare(0x10000000)", lines[1], StringComparison.Ordinal);
        Assert.Contains("unshare(0x20000)", lines[2], StringComparison.Ordinal);
        Assert.Contains("clone3(", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_OfAProcMount_ResolvesItsTargetWithoutLinks()
    {
        RuntimeSpec spec = Spec();
        spec.Mounts = [new MountSpec { Destination = "/proc", Type = "proc", Source = "proc" }];

        SpawnPlan plan = Compile(spec);

        // struct open_how: flags, mode, resolve; RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS (CVE-2019-16884, CVE-2023-27561).
        ulong[] resolve = [.. Enumerable.Range(0, plan.Steps.Length)
            .Where(index => plan.Steps[index].Number == (uint)SystemCall.Openat2 && plan.SubjectOf(index).First == "/proc"
                && Text(plan, plan.Steps[index].Argument1) == "proc")
            .Select(index => Word(plan, plan.Steps[index].Argument2 + 16))];
        Assert.Equal(2, resolve.Length);
        Assert.All(resolve, flags => Assert.Equal(0x14ul, flags));
    }

    [Fact]
    public void Compile_WithMaskedPaths_VerifiesTheNullDevice()
    {
        RuntimeSpec spec = Spec();
        spec.Linux!.MaskedPaths = ["/proc/kcore"];

        SpawnPlan plan = Compile(spec);

        // CVE-2025-31133: what hides a path is the character device 1:3 and nothing else.
        Assert.Contains(plan.Steps.ToArray(), step => step.Operation == SpawnOperation.Check && step.Argument2 == 0x103);
    }

    [Theory]
    [InlineData("kernel.shm_rmid_forced")]
    [InlineData("net.ipv4.ip_forward")]
    [InlineData("kernel.core_pattern")]
    [InlineData("net./../../kernel/core_pattern")]
    public void Compile_OfASysctlOfTheHost_Refuses(string name)
    {
        RuntimeSpec spec = Spec();
        spec.Linux!.Sysctl = new Dictionary<string, string> { [name] = "1" };

        HullException error = Assert.Throws<HullException>(() => Compile(spec));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_OfASysctl_WritesOnlyToVerifiedProcfs()
    {
        RuntimeSpec spec = Spec();
        spec.Linux!.Namespaces = [.. spec.Linux.Namespaces!, new NamespaceSpec { Type = "network" }];
        spec.Linux.Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "1" };

        SpawnPlan plan = Compile(spec);

        // CVE-2025-52881: opened, found to be procfs, then written.
        int[] steps = [.. Enumerable.Range(0, plan.Steps.Length).Where(index => plan.SubjectOf(index).First == "net.ipv4.ip_forward")];
        Assert.Equal(["openat", "fstatfs", "check", "write", "close"], steps.Select(index => PlanPrinter.NameOf(plan.Steps[index])));
        Assert.Equal(0x9fa0ul, plan.Steps[steps[2]].Argument2);
    }

    [Fact]
    public void Compile_WithSeccompAndNoNewPrivileges_InstallsTheFilterLast()
    {
        RuntimeSpec spec = Spec();
        spec.Process!.NoNewPrivileges = true;

        SpawnPlan plan = SpawnPlanCompiler.Compile(Context(spec) with { SeccompFilter = new byte[8] });

        Assert.Equal(["seccomp", "execve"], plan.Steps[^2..].ToArray().Select(PlanPrinter.NameOf));
    }

    [Fact]
    public void Compile_WithSeccompAlone_KeepsOneCapabilityUntilTheFilter()
    {
        RuntimeSpec spec = Spec();
        spec.Process!.Capabilities = new CapabilitiesSpec();

        SpawnPlan plan = SpawnPlanCompiler.Compile(Context(spec) with { SeccompFilter = new byte[8] });

        Assert.Equal(["seccomp", "capset", "execve"], plan.Steps[^3..].ToArray().Select(PlanPrinter.NameOf));
    }

    [Theory]
    [InlineData("bogus", "does not exist")]
    [InlineData("mount", "listed twice")]
    public void Compile_OfABadNamespace_SaysWhy(string type, string why)
    {
        RuntimeSpec spec = Spec();
        spec.Linux!.Namespaces = [.. spec.Linux.Namespaces!, new NamespaceSpec { Type = type }];

        HullException error = Assert.Throws<HullException>(() => Compile(spec));

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_OfEveryStep_GoesOnlyToStepsOfThePlan()
    {
        SpawnPlan plan = Compile(Spec());

        foreach (SpawnStep step in plan.Steps)
        {
            foreach (uint target in (ReadOnlySpan<uint>)[step.NextTarget, step.OtherTarget, step.ErrorTarget0, step.ErrorTarget1, step.ErrorTarget2])
            {
                Assert.True(target == 0 || plan.IndexOf(target) > 0);
            }
        }
    }

    [Theory]
    [InlineData("/a/b", "a b")]
    [InlineData("a//./b/", "a b")]
    [InlineData("/../../etc", "etc")]
    [InlineData("/a/../../b", "b")]
    [InlineData("/", "")]
    public void Components_OfAPath_HaveNoDots(string path, string expected)
    {
        Assert.Equal(expected, string.Join(' ', SpawnPlanCompiler.Components(path)));
    }

    [Fact]
    public void Line_OfAStep_ReadsLikeACall()
    {
        SpawnPlan plan = Compile(Spec());

        Assert.Contains("  move_mount($0, \"\", -100, \"/bundle/rootfs\", 20)", PlanPrinter.Print(plan), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void Compile_WithAMountLabel_GivesItToNewFileSystemsWhereTheKernelHasLabels(bool kernelHas, int expected)
    {
        RuntimeSpec spec = Spec();
        spec.Linux!.MountLabel = "system_u:object_r:container_file_t:s0:c1,c2";
        spec.Mounts =
        [
            new MountSpec { Destination = "/proc", Type = "proc", Source = "proc" },
            new MountSpec { Destination = "/run", Type = "tmpfs", Source = "tmpfs" },
        ];

        SpawnPlan plan = SpawnPlanCompiler.Compile(Context(spec) with { Host = new LabellingHost(kernelHas) });

        Assert.Equal(expected, Lines(plan, "\"context\", \"system_u:object_r:container_file_t:s0:c1,c2\"").Length - 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compile_WithAnAppArmorProfile_OpensTheFileInTheProcessThatGoesOn(bool further)
    {
        RuntimeSpec spec = Spec();
        spec.Process!.ApparmorProfile = "strict";
        SpawnContext context = Context(spec) with { Host = new ProfilingHost() };
        SpawnPlan plan = further
            ? SpawnPlanCompiler.CompileFurther(context with { ContainerProcess = 9, ContainerNamespaces = 0x20020000 })
            : SpawnPlanCompiler.Compile(context);

        // The kernel takes a profile only from the task that opened the file, and only through the host's own procfs.
        string text = PlanPrinter.Print(plan);
        int proc = text.IndexOf("openat(-100, \"/proc\"", StringComparison.Ordinal);
        int enters = text.IndexOf(further ? "clone3(" : "open_tree(", StringComparison.Ordinal);
        int opens = text.IndexOf("\"self/attr/apparmor/exec\"", StringComparison.Ordinal);
        int writes = text.IndexOf("\"exec strict\"", StringComparison.Ordinal);
        Assert.InRange(proc, 0, opens);
        Assert.InRange(opens, further ? enters : 0, writes);
        Assert.InRange(enters, 0, writes);
    }

    internal static RuntimeSpec Spec() => new()
    {
        Process = new ProcessSpec { Args = ["/bin/true"], Cwd = "/" },
        Linux = new LinuxSpec { Namespaces = [new NamespaceSpec { Type = "pid" }, new NamespaceSpec { Type = "mount" }] },
    };

    [Fact]
    public void Compile_WithALogOfSteps_LetsTheProcessReportThem()
    {
        TestLog log = new() { IsDebug = true };

        SpawnPlan plan = SpawnPlanCompiler.Compile(Context(Spec()) with { Log = log });

        Assert.Contains("sched_getaffinity(", PlanPrinter.Print(plan), StringComparison.Ordinal);
        Assert.DoesNotContain("sched_getaffinity(", PlanPrinter.Print(Compile(Spec())), StringComparison.Ordinal);
    }

    [Fact]
    public void Compile_WithAmbientThatCannotBeRaised_Warns()
    {
        TestLog log = new();
        RuntimeSpec spec = Spec();
        spec.Process!.Capabilities = new CapabilitiesSpec
        {
            Inheritable = ["CAP_KILL"],
            Permitted = ["CAP_KILL", "CAP_CHOWN", "CAP_NOSUCH"],
            Ambient = ["CAP_KILL", "CAP_CHOWN"],
        };

        _ = SpawnPlanCompiler.Compile(Context(spec) with { Log = log, Host = new HostFacts { Permitted = ulong.MaxValue } });

        Assert.Equal(
            [
                "can't raise ambient capability CAP_CHOWN: it must be permitted and inheritable too",
                "ignoring unknown capabilities: [CAP_NOSUCH]",
            ],
            log.Warnings);
    }

    private static SpawnPlan Compile(RuntimeSpec spec) => SpawnPlanCompiler.Compile(Context(spec));

    private static SpawnContext Context(RuntimeSpec spec) => new()
    {
        Spec = spec,
        Root = new RootFilesystem { Path = "/bundle/rootfs" },
        BundleDirectory = "/bundle",
        Id = ContainerId.Parse("test"),
        Host = new HostFacts(),
        SyncSocket = 3,
    };

    private static string[] Lines(SpawnPlan plan, params string[] calls) =>
        [.. PlanPrinter.Print(plan).Split('\n').Where(line => calls.Any(call => line.Contains(call, StringComparison.Ordinal) || line.StartsWith(call, StringComparison.Ordinal)))
            .Prepend("")];

    private static string Text(SpawnPlan plan, ulong address)
    {
        ReadOnlySpan<byte> bytes = plan.Constants[(int)(address - SpawnLayout.Constants)..];
        return System.Text.Encoding.UTF8.GetString(bytes[..bytes.IndexOf((byte)0)]);
    }

    private static ulong Word(SpawnPlan plan, ulong address) =>
        BitConverter.ToUInt64(plan.Constants[(int)(address - SpawnLayout.Constants)..][..8]);

    private sealed record ProfilingHost : HostFacts
    {
        public override bool HasAppArmor => true;

        public override bool? IsDirectory(string path) => path == "/proc/self/attr/apparmor" ? true : null;
    }

    private sealed record LabellingHost(bool HasLabels) : HostFacts
    {
        public override bool HasAppArmor => false;

        public override bool? IsDirectory(string path) => path == "/sys/fs/selinux" && HasLabels ? true : null;
    }
}
