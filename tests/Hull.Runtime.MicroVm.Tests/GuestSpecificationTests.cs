using Hull.Oci.Runtime;

namespace Hull.Runtime.MicroVm.Tests;

public sealed class GuestSpecificationTests
{
    private static readonly string[] s_namespaces = ["mount", "network", "pid", "ipc", "uts", "cgroup"];

    [Fact]
    public void BindMounts_BecomeSharesOfTheirOwn()
    {
        string file = Path.GetTempFileName();
        RuntimeSpec spec = Plain() with
        {
            Mounts =
            [
                new MountSpec { Destination = "/proc", Type = "proc", Source = "proc" },
                new MountSpec { Destination = "/data", Type = "bind", Source = "/tmp", Options = ["rbind", "rw", "rprivate"] },
                new MountSpec { Destination = "/etc/file", Source = file, Options = ["bind", "ro"] },
            ],
        };

        var guest = GuestSpecification.From(spec);

        Assert.Equal([new ShareOrder("m0", "/tmp", false), new ShareOrder("m1", file, true)], guest.Shares);
        Assert.Equal(["proc", "/share/m0", "/share/m1"], guest.Spec.Mounts!.Select(mount => mount.Source));
        Assert.Equal("/share/root", guest.Spec.Root!.Path);
        File.Delete(file);
    }

    [Fact]
    public void OpenFiles_AreLimitedAsOnTheHost()
    {
        var guest = GuestSpecification.From(Plain() with { Process = new ProcessSpec { Args = ["true"] } });

        RlimitSpec limit = Assert.Single(guest.Spec.Process!.Rlimits!);
        Assert.Equal("RLIMIT_NOFILE", limit.Type);
        Assert.InRange(limit.Soft, 1ul, limit.Hard);
    }

    [Fact]
    public void OpenFiles_ThatTheUserLimited_StayAsTheyAre()
    {
        RlimitSpec given = new() { Type = "RLIMIT_NOFILE", Soft = 7, Hard = 9 };

        var guest = GuestSpecification.From(Plain() with { Process = new ProcessSpec { Args = ["true"], Rlimits = [given] } });

        Assert.Equal([given], guest.Spec.Process!.Rlimits);
    }

    [Theory]
    [InlineData("network")]
    [InlineData("pid")]
    [InlineData("ipc")]
    [InlineData("uts")]
    public void HostNamespace_IsRefusedByName(string type)
    {
        LinuxSpec linux = new() { Namespaces = [.. s_namespaces.Where(one => one != type).Select(one => new NamespaceSpec { Type = one })] };

        HullException error = Assert.Throws<HullException>(() => GuestSpecification.From(Plain() with { Linux = linux }));

        Assert.Equal(ErrorKind.Unimplemented, error.Kind);
        Assert.Contains($"the host's {type} namespace", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatAGuestCannotHave_IsRefused()
    {
        LinuxSpec linux = Plain().Linux!;
        LinuxSpec[] refused =
        [
            linux with { Namespaces = [.. linux.Namespaces!, new NamespaceSpec { Type = "time", Path = "/proc/1/ns/time" }] },
            linux with { Devices = [new DeviceSpec { Path = "/dev/kvm", Type = "c" }] },
            linux with { IntelRdt = new IntelRdtSpec() },
            linux with { MountLabel = "label" },
            linux with { Resources = new LinuxResources { Cpu = new CpuSpec { Cpus = "0" } } },
            linux with { Resources = new LinuxResources { BlockIO = new BlockIoSpec { ThrottleReadBpsDevice = [new ThrottleDeviceSpec()] } } },
        ];

        Assert.All(refused, one => Refuses(Plain() with { Linux = one }));
        Refuses(Plain() with { Hooks = new HooksSpec() });
        Refuses(Plain() with { Process = new ProcessSpec { Args = ["true"], ApparmorProfile = "profile" } });
        Refuses(Plain() with { Mounts = [new MountSpec { Destination = "/x", Type = "bind", Source = "/tmp", Options = ["rshared"] }] });
    }

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/no/such/place")]
    public void Mount_OfNeitherDirectoryNorFile_IsRefused(string source)
    {
        RuntimeSpec spec = Plain() with { Mounts = [new MountSpec { Destination = "/x", Type = "bind", Source = source }] };

        Assert.Equal(ErrorKind.InvalidArgument, Assert.Throws<HullException>(() => GuestSpecification.From(spec)).Kind);
    }

    private static void Refuses(RuntimeSpec spec) =>
        Assert.Equal(ErrorKind.Unimplemented, Assert.Throws<HullException>(() => GuestSpecification.From(spec)).Kind);

    private static RuntimeSpec Plain() => new()
    {
        Linux = new LinuxSpec { Namespaces = [.. s_namespaces.Select(type => new NamespaceSpec { Type = type })] },
    };
}
