using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Engine.State;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Engine.Tests;

public sealed class SpecBuilderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hull-spec-").FullName;

    public SpecBuilderTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "etc"));
        File.WriteAllText(Path.Combine(_root, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nuser:x:1000:1001::/home/user:/bin/sh\n");
        File.WriteAllText(Path.Combine(_root, "etc/group"), "root:x:0:\nextra:x:2000:user\n");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Build_ByDefault_HasDockersPosture()
    {
        RuntimeSpec spec = Build(new ContainerSettings { Command = ["true"] });

        Assert.NotNull(spec.Linux?.Seccomp);
        Assert.Contains("/proc/kcore", spec.Linux.MaskedPaths!);
        Assert.DoesNotContain("CAP_SYS_ADMIN", spec.Process?.Capabilities?.Bounding!);
        Assert.Contains(spec.Linux.Namespaces!, one => one.Type == "network" && one.Path is null);
    }

    [Fact]
    public void Build_WithNamedUser_ResolvesItInTheImage()
    {
        RuntimeSpec spec = Build(new ContainerSettings { Command = ["true"], User = "user" });

        Assert.Equal((1000u, 1001u), (spec.Process?.User?.Uid, spec.Process?.User?.Gid));
        Assert.Equal([2000u], spec.Process?.User?.AdditionalGids);
        Assert.Contains("HOME=/home/user", spec.Process?.Env!);
        Assert.Empty(spec.Process?.Capabilities?.Effective!);
    }

    [Fact]
    public void Build_WithPasswdThatLeadsOutside_DoesNotFollow()
    {
        File.Delete(Path.Combine(_root, "etc/passwd"));
        File.CreateSymbolicLink(Path.Combine(_root, "etc/passwd"), "/../../../../../etc/passwd");

        Assert.Throws<HullException>(() => Build(new ContainerSettings { Command = ["true"], User = "daemon" }));
    }

    [Theory]
    [InlineData("4294967296")]
    [InlineData("99999999999999999999")]
    [InlineData("0:4294967296")]
    public void Build_WithANumberThatIsNone_DoesNotTakeItForAName(string user)
    {
        // CVE-2026-46680: the image has a user and a group of that very name, who are root.
        string number = user.Split(':')[^1];
        File.AppendAllText(Path.Combine(_root, "etc/passwd"), $"{number}:x:0:0::/:/bin/sh\n");
        File.AppendAllText(Path.Combine(_root, "etc/group"), $"{number}:x:0:\n");

        HullException error = Assert.Throws<HullException>(() => Build(new ContainerSettings { Command = ["true"], User = user }));

        Assert.Contains(number, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Build_WithPasswdThatWasDeletedInAnUpperLayer_DoesNotReadTheOneBelow()
    {
        string upper = Path.Combine(_root, "upper");
        Directory.CreateDirectory(Path.Combine(upper, "etc"));
        using (FileDescriptor directory = FileTree.OpenRoot(Path.Combine(upper, "etc")))
        {
            Assert.Equal(Errno.None, FileTree.MakeNode(directory, "passwd"u8, FileStatus.CharacterDevice, 0, 0));
        }

        RootFilesystem root = new() { Path = _root, Lower = [upper, _root] };

        Assert.Throws<HullException>(() => UserResolver.Resolve(root, "user", []));
    }

    [Theory]
    [InlineData("2147483648")]
    [InlineData("staff")]
    [InlineData("")]
    public void Resolve_OfAUserWhoseGroupIsNoNumber_GivesNobodyRootsGroup(string group)
    {
        string other = Path.Combine(_root, "other");
        Directory.CreateDirectory(Path.Combine(other, "etc"));
        File.WriteAllText(Path.Combine(other, "etc/passwd"), $"app:x:1000:{group}::/home/app:\n");
        RootFilesystem root = new() { Path = other };

        HullException error = Assert.Throws<HullException>(() => UserResolver.Resolve(root, "app", []));

        Assert.Contains("no valid group", error.Message, StringComparison.Ordinal);
        Assert.Equal((1000u, 5u), (UserResolver.Resolve(root, "app:5", []).User.Uid, UserResolver.Resolve(root, "app:5", []).User.Gid));
    }

    [Fact]
    public void Build_WithoutCommand_SaysSo() => Assert.Throws<HullException>(() => Build(new ContainerSettings()));

    [Fact]
    public void Build_WithCpus_SetsQuotaOfThePeriod()
    {
        LinuxResources limits = SpecBuilder.BuildLimits(new ResourceSettings { NanoCpus = 250_000_000, MemoryBytes = 64 << 20 });

        Assert.Equal((25_000, 100_000ul), (limits.Cpu?.Quota, limits.Cpu?.Period));
        Assert.Equal(128 << 20, limits.Memory?.Swap);
    }

    [Fact]
    public void Build_WithHostNetwork_MakesNoNamespaceAndRefusesItsSysctls()
    {
        NamespaceSettings host = new() { Network = "host" };

        RuntimeSpec spec = Build(new ContainerSettings { Command = ["true"], Namespaces = host });

        Assert.DoesNotContain(spec.Linux?.Namespaces!, one => one.Type == "network");
        Assert.Throws<HullException>(() => Build(new ContainerSettings
        {
            Command = ["true"],
            Namespaces = host,
            Security = new SecuritySettings { Sysctls = new Dictionary<string, string> { ["net.core.somaxconn"] = "1" } },
        }));
    }

    [Fact]
    public void Build_WithMountOverHosts_LeavesHullsFileOut()
    {
        MountSettings own = new() { Kind = MountKind.Bind, Source = "/tmp", Target = "/etc/hosts" };

        RuntimeSpec spec = Build(new ContainerSettings { Command = ["true"], Mounts = [own] });

        Assert.Equal("/tmp", Assert.Single(spec.Mounts!, mount => mount.Destination == "/etc/hosts").Source);
    }

    [Theory]
    [InlineData(1024, 0)]
    [InlineData(0, 1 << 30)]
    [InlineData(64 << 20, 32 << 20)]
    public void Limits_ThatCannotBe_AreRefused(long memory, long swap) =>
        Assert.Throws<HullException>(() => SpecBuilder.BuildLimits(new ResourceSettings { MemoryBytes = memory, MemorySwapBytes = swap }));

    [Fact]
    public void Environment_OfImageAndUser_IsMergedByName()
    {
        IReadOnlyList<string> merged = Containers.ImageDefaults.MergeEnvironment(["A=1", "B=2", "C=3"], ["B=9", "C"]);

        Assert.Equal(["A=1", "B=9"], merged);
    }

    private RuntimeSpec Build(ContainerSettings settings) => SpecBuilder.Build(new SpecContext
    {
        Paths = new EnginePaths("/tmp/hull-none", "/tmp/hull-none"),
        Row = new ContainerRow
        {
            Id = new string('a', 64),
            Name = "n",
            Image = "i",
            ImageId = "sha256:0",
            Created = DateTimeOffset.UnixEpoch,
            Settings = settings,
        },
        Root = new RootFilesystem { Path = _root },
        Mounts = [.. settings.Mounts.Select(mount => new ResolvedMount(mount, mount.Source))],
        ProcessOf = _ => 1,
    });
}
