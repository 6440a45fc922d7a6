using System.Diagnostics;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>Interfaces of the host move into containers: real ones, in a network namespace of the test's own.</summary>
public sealed class NetworkDeviceTests : IDisposable
{
    private readonly string _name = "hv" + Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public void Create_WithANetworkDevice_MovesItWithNameAddressesAndMtu()
    {
        using TestContainer container = new();
        MakePair(container);
        Ip($"link set {_name} mtu 1400 address 02:00:00:00:12:34 up");
        Ip($"addr add 10.231.7.1/24 dev {_name}");
        Ip($"addr add 2001:db8::7/64 dev {_name} nodad");
        Ip($"addr add 10.231.9.1/24 dev {_name} scope link");
        container.Spec.Linux!.NetDevices = new Dictionary<string, NetDeviceSpec> { [_name] = new() { Name = "inner0" } };

        (int code, string output) = container.Run("/bin/busybox ip addr show dev inner0");

        Assert.Equal(0, code);
        Assert.Contains("mtu 1400", output, StringComparison.Ordinal);
        Assert.Contains("02:00:00:00:12:34", output, StringComparison.Ordinal);
        Assert.Contains("10.231.7.1/24", output, StringComparison.Ordinal);
        Assert.Contains("2001:db8::7/64", output, StringComparison.Ordinal);
        Assert.DoesNotContain("10.231.9.1", output, StringComparison.Ordinal);
        Assert.Contains(",UP", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithATemplateName_LetsTheKernelCount()
    {
        using TestContainer container = new();
        MakePair(container);
        Ip($"addr add 10.231.8.1/24 dev {_name}");
        container.Spec.Linux!.NetDevices = new Dictionary<string, NetDeviceSpec> { [_name] = new() { Name = "net%d" } };

        (_, string output) = container.Run("/bin/busybox ip addr show dev net0");

        Assert.Contains("10.231.8.1/24", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_WithUserNamespace_MovesItToo()
    {
        using TestContainer container = new();
        MakePair(container);
        File.SetUnixFileMode(container.DirectoryPath, (UnixFileMode)0x1ed);
        Directory.CreateDirectory(container.RootPath + "/proc");
        Directory.CreateDirectory(container.RootPath + "/dev");
        container.Spec.Linux!.Namespaces = [.. container.Spec.Linux.Namespaces!, new NamespaceSpec { Type = "user" }];
        container.Spec.Linux.UidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];
        container.Spec.Linux.GidMappings = [new IdMappingSpec { ContainerID = 0, HostID = 100000, Size = 1000 }];
        Ip($"addr add 10.231.6.1/24 dev {_name}");
        container.Spec.Linux.NetDevices = new Dictionary<string, NetDeviceSpec> { [_name] = new() };

        (_, string output) = container.Run($"/bin/busybox ip addr show dev {_name}");

        Assert.Contains("10.231.6.1/24", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nosuchdevice", "eth0", "does not exist")]
    [InlineData("lo", "lo", "already has a device 'lo'")]
    [InlineData("a/b", "eth0", "invalid network device name")]
    public void Create_OfADeviceThatCannotMove_SaysWhy(string host, string name, string words)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Linux!.NetDevices = new Dictionary<string, NetDeviceSpec> { [host] = new() { Name = name } };

        HullException error = Assert.ThrowsAny<HullException>(() => container.Runtime.Create(container.Bundle()));

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Empty(container.Runtime.List());
    }

    [Fact]
    public void Create_WithoutNetworkNamespace_Refuses()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Linux!.Namespaces = [new NamespaceSpec { Type = "mount" }];
        container.Spec.Linux.NetDevices = new Dictionary<string, NetDeviceSpec> { ["lo"] = new() };

        HullException error = Assert.ThrowsAny<HullException>(() => container.Runtime.Create(container.Bundle()));

        Assert.Contains("without a NET namespace", error.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        // Whatever a failed test left on the host; the pair's other end goes with it.
        if (Directory.Exists("/sys/class/net/" + _name))
        {
            Ip("link del " + _name);
        }

        if (Directory.Exists($"/sys/class/net/{_name}p"))
        {
            Ip($"link del {_name}p");
        }
    }

    private void MakePair(TestContainer container)
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/usr/sbin/ip") && container.Id.ToString().Length > 0, "This needs ip (package iproute2).");
        Assert.SkipUnless(Ip($"link add {_name} type veth peer name {_name}p") == 0, "This kernel makes no veth pairs.");
    }

    private static int Ip(string arguments)
    {
        using var process = Process.Start("/usr/sbin/ip", arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
