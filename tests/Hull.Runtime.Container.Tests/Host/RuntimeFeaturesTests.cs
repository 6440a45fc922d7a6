using System.Text.Json;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Container.Spawn;
using Hull.Runtime.Security;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>What <c>features</c> claims is tried: each claim by doing it, so that the list and the runtime cannot part.</summary>
public sealed class RuntimeFeaturesTests
{
    private const string AlwaysAllowed = "SCMP_ACT_ALLOW";

    [Fact]
    public void Versions_AreAcceptedAndNewerMajorsAreNot()
    {
        JsonElement features = Claims();

        SpecificationRules.Check(new RuntimeSpec { OciVersion = Text(features, "ociVersionMin") });
        SpecificationRules.Check(new RuntimeSpec { OciVersion = Text(features, "ociVersionMax") });
        Assert.Throws<HullException>(() => SpecificationRules.Check(new RuntimeSpec { OciVersion = "2.0.0" }));
    }

    [Fact]
    public void MountOptions_MeanSomethingToTheRuntime() => Assert.All(
        List(Claims(), "mountOptions"), option => Assert.Empty(MountOptions.Parse("bind", [option]).Data));

    [Fact]
    public void Hooks_AreRun()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string said = container.DirectoryPath + "/said";
        File.Copy("/usr/bin/busybox", container.RootPath + "/bin/hook");
        HookSpec Hook(string kind) => new() { Path = "/usr/bin/busybox", Args = ["sh", "-c", $"echo {kind} >> {said}"] };
        container.Spec.Hooks = new HooksSpec
        {
            Prestart = [Hook("prestart")],
            CreateRuntime = [Hook("createRuntime")],
            CreateContainer = [Hook("createContainer")],
            StartContainer = [new HookSpec { Path = "/bin/busybox", Args = ["sh", "-c", "echo startContainer > /started"] }],
            Poststart = [Hook("poststart")],
            Poststop = [Hook("poststop")],
        };

        (int code, _) = container.Run("true");

        string[] ran = [.. File.ReadAllLines(said), File.ReadAllText(container.RootPath + "/started").Trim()];
        Assert.Equal(0, code);
        Assert.Equal(List(Claims(), "hooks").Order(StringComparer.Ordinal), ran.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Namespaces_AreMade()
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/proc/self/ns/time"), "This kernel has no time namespaces.");
        using TestContainer container = new();
        List<string> types = List(Claims().GetProperty("linux"), "namespaces");
        File.SetUnixFileMode(container.DirectoryPath, (UnixFileMode)0x1ed);
        Directory.CreateDirectory(container.RootPath + "/proc");
        Directory.CreateDirectory(container.RootPath + "/dev");
        container.Spec.Linux!.Namespaces = [.. types.Select(type => new NamespaceSpec { Type = type })];
        container.Spec.Linux.UidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];
        container.Spec.Linux.GidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];

        (int code, string output) = container.Run("for n in /proc/self/ns/*; do readlink $n; done");

        Assert.Equal(0, code);
        string[] inside = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string type in types)
        {
            string file = type switch { "network" => "net", "mount" => "mnt", _ => type };
            string own = File.ResolveLinkTarget("/proc/self/ns/" + file, returnFinalTarget: false)!.Name;
            string other = Assert.Single(inside.Distinct(), line => line.StartsWith(file + ":", StringComparison.Ordinal));
            Assert.NotEqual(own, other);
        }
    }

    [Fact]
    public void Capabilities_AreTheKernels()
    {
        List<string> names = List(Claims().GetProperty("linux"), "capabilities");
        int last = int.Parse(File.ReadAllText("/proc/sys/kernel/cap_last_cap"), System.Globalization.CultureInfo.InvariantCulture);

        Assert.InRange(names.Count, last + 1, 64);
        Assert.All(names, name => Assert.True(CapabilityNames.TryFind(name, out _)));
    }

    [Fact]
    public void Seccomp_CompilesEveryWord()
    {
        JsonElement seccomp = Claims().GetProperty("linux").GetProperty("seccomp");

        Assert.All(List(seccomp, "actions"), action => Assert.NotNull(SeccompCompiler.CompileIfAny(Profile() with
        {
            DefaultAction = action == "SCMP_ACT_NOTIFY" ? AlwaysAllowed : action,
            ListenerPath = action == "SCMP_ACT_NOTIFY" ? "/run/agent" : null,
            Syscalls = [new SyscallRuleSpec { Names = ["getpid"], Action = action }],
        })));
        Assert.All(List(seccomp, "operators"), op => Assert.NotNull(SeccompCompiler.CompileIfAny(Profile() with
        {
            Syscalls =
            [
                new SyscallRuleSpec
                {
                    Names = ["getpid"],
                    Action = "SCMP_ACT_ERRNO",
                    Args = [new SyscallArgumentSpec { Index = 0, Value = 1, ValueTwo = 1, Op = op }],
                },
            ],
        })));
        Assert.All(List(seccomp, "archs"), architecture => Assert.NotNull(
            SeccompCompiler.CompileIfAny(Profile() with { Architectures = [architecture] })));
        Assert.All(List(seccomp, "supportedFlags"), flag => Assert.NotNull(SeccompCompiler.CompileIfAny(Profile() with
        {
            Flags = [flag],
            ListenerPath = "/run/agent",
            Syscalls = [new SyscallRuleSpec { Names = ["getpid"], Action = "SCMP_ACT_NOTIFY" }],
        })));
    }

    [Fact]
    public void MemoryPolicies_AreInForce()
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/proc/self/numa_maps"), "This kernel has no memory policies (CONFIG_NUMA).");
        JsonElement policies = Claims().GetProperty("linux").GetProperty("memoryPolicy");

        foreach (string mode in List(policies, "modes").Where(mode => mode != "MPOL_WEIGHTED_INTERLEAVE" || OperatingSystem.IsOSPlatformVersionAtLeast("Linux", 6, 9)))
        {
            Assert.Equal(0, Run(new MemoryPolicySpec { Mode = mode, Nodes = mode is "MPOL_DEFAULT" or "MPOL_LOCAL" ? null : "0" }));
        }

        Assert.All(List(policies, "flags"), flag => Assert.Equal(0, Run(new MemoryPolicySpec { Mode = "MPOL_BIND", Nodes = "0", Flags = [flag] })));
    }

    [Fact]
    public void Sections_AreClaimedAsTheyAreTestedElsewhere()
    {
        JsonElement linux = Claims().GetProperty("linux");

        // Tried by HostCgroupTests, UnifiedCgroupTests, SystemdCgroupTests, UserSystemdTests, SecurityModuleTests,
        // ResourceControlGroupTests, ContainerRuntimeTests and NetworkDeviceTests.
        Assert.Equal(
            ["v1", "v2", "systemd", "systemdUser", "rdma"], linux.GetProperty("cgroup").EnumerateObject().Select(entry => entry.Name));
        Assert.Equal(
            ["enabled", "schemata", "monitoring"], linux.GetProperty("intelRdt").EnumerateObject().Select(entry => entry.Name));
        Assert.True(linux.GetProperty("mountExtensions").GetProperty("idmap").GetProperty("enabled").GetBoolean());
        Assert.True(linux.GetProperty("netDevices").GetProperty("enabled").GetBoolean());
    }

    private static SeccompSpec Profile() => new()
    {
        DefaultAction = AlwaysAllowed,
        Architectures = ["SCMP_ARCH_X86_64"],
        Syscalls = [new SyscallRuleSpec { Names = ["getpid"], Action = "SCMP_ACT_ERRNO" }],
    };

    private static int Run(MemoryPolicySpec policy)
    {
        using TestContainer container = new();
        container.Spec.Linux!.MemoryPolicy = policy;
        return container.Run("true").Code;
    }

    private static JsonElement Claims()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            RuntimeFeatures.Write(writer);
        }

        using JsonDocument document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static List<string> List(JsonElement element, string name) =>
        [.. element.GetProperty(name).EnumerateArray().Select(item => item.GetString()!)];
}
