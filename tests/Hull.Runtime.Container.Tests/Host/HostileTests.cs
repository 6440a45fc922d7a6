using System.Text;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>What images, processes and careless configurations may try; each test is an attempt that must fail.</summary>
public sealed class HostileTests
{
    private const string ShowCapabilities = "grep ^Cap /proc/self/status";

    [Fact]
    public void Run_WithoutCapabilities_HasNone()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Capabilities = null;

        (int code, string output) = container.Run(ShowCapabilities);

        // What a configuration does not name is not given: runc and crun have it so, and so says the specification's model.
        Assert.Equal(0, code);
        Assert.Equal(5, output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.EndsWith("0000000000000000", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Exec_WithoutCapabilities_HasTheContainersOwn()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "1000"];
        container.Spec.Process.Capabilities = new CapabilitiesSpec { Bounding = ["CAP_KILL"], Effective = ["CAP_KILL"], Permitted = ["CAP_KILL"] };
        using ContainerTask task = container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = false });
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        using (reader)
        {
            using (writer)
            {
                ProcessSpec process = new() { Args = ["sh", "-c", ShowCapabilities], Env = ["PATH=/bin"] };
                using ContainerProcess started = task.Exec(process, new TaskStreams { Output = writer, Error = writer });
                Assert.Equal(0, started.Wait().Code);
            }

            string output = Encoding.UTF8.GetString(HostFile.ReadAll(reader, "output"));

            Assert.Contains("CapBnd:\t0000000000000020", output, StringComparison.Ordinal);
            Assert.Contains("CapEff:\t0000000000000020", output, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("network", "net", "net.ipv4.ip_forward", "/proc/sys/net/ipv4/ip_forward")]
    [InlineData("ipc", "ipc", "kernel.msgmax", "/proc/sys/kernel/msgmax")]
    [InlineData("uts", "uts", "kernel.domainname", "/proc/sys/kernel/domainname")]
    public void Run_WithASettingInTheHostsNamespaceByItsPath_IsRefused(string type, string file, string setting, string where)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Join(container, type, $"/proc/self/ns/{file}");
        container.Spec.Linux!.Sysctl = new Dictionary<string, string> { [setting] = File.ReadAllText(where).Trim() };

        HullException error = Assert.ThrowsAny<HullException>(() => container.Run("true"));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(setting, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithAHostNameForTheHostsNamespace_IsRefused()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Join(container, "uts", "/proc/self/ns/uts");
        container.Spec.Hostname = File.ReadAllText("/proc/sys/kernel/hostname").Trim();

        HullException error = Assert.ThrowsAny<HullException>(() => container.Run("true"));

        Assert.Contains("uts namespace", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithATmpfsBehindALinkOfTheImage_DoesNotShowTheHostsPermissions()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string secret = container.DirectoryPath + "/outside/secret";
        Directory.CreateDirectory(secret);
        File.SetUnixFileMode(secret, (UnixFileMode)0b111_011_001);
        File.CreateSymbolicLink(container.RootPath + "/link", container.DirectoryPath + "/outside");
        container.Mount(new MountSpec { Destination = "/link/secret", Type = "tmpfs", Source = "tmpfs" });

        (int code, string output) = container.Run("ls -ld /link/secret");

        Assert.Equal(0, code);
        Assert.StartsWith("drwxrwxrwt", output, StringComparison.Ordinal);
    }

    [Fact]
    public void FindHome_OfAnImageWhoseUserFileIsADevice_DoesNotOpenIt()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Directory.CreateDirectory(container.RootPath + "/etc");
        (int code, _) = container.Run("true");
        Assert.Equal(0, code);
        using (FileDescriptor root = FileTree.OpenRoot(container.RootPath + "/etc"))
        {
            // A watchdog would restart the host if it were opened and closed; here the memory device stands for it.
            Assert.Equal(Errno.None, FileTree.MakeNode(root, "passwd"u8, FileStatus.CharacterDevice | 0x180, 1, 5));
        }

        Assert.Null(HostFile.TryOpenInRoot(container.RootPath, "etc/passwd"));
        Assert.Equal("/", ProcessEnvironment.FindHome(container.RootPath, 0));
    }

    [Fact]
    public void Cve202641579_DevBehindALinkOutOfTheRoot_IsMadeInside()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string outside = container.DirectoryPath + "/outside";
        Directory.CreateDirectory(outside);
        File.WriteAllText(outside + "/ptmx", "precious");
        File.CreateSymbolicLink(container.RootPath + "/dev", "/../../../../../.." + outside);
        Directory.CreateDirectory(container.RootPath + outside);
        container.Spec.Mounts = [container.Spec.Mounts![0]];

        (int code, string output) = container.Run($"ls {outside}");

        Assert.Equal(0, code);
        Assert.Contains("urandom", output, StringComparison.Ordinal);
        Assert.Equal([outside + "/ptmx"], Directory.GetFileSystemEntries(outside));
        Assert.Equal("precious", File.ReadAllText(outside + "/ptmx"));
    }

    [Fact]
    public void Cve202688265_StreamsWithoutSource_AreTheHostsNullDeviceWhateverTheImageHas()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string precious = container.DirectoryPath + "/precious";
        File.WriteAllText(precious, "precious");
        Directory.CreateDirectory(container.RootPath + "/dev");
        File.CreateSymbolicLink(container.RootPath + "/dev/null", precious);
        container.Spec.Mounts = [container.Spec.Mounts![0]];
        container.Spec.Process!.User = new UserSpec { Uid = 1000 };
        container.Spec.Process.Args = ["sh", "-c", "echo overwritten; ls -lL /proc/self/fd/0 | grep -q ' 1,  *3 '"];

        using ContainerTask task = container.Runtime.Create(container.Bundle(), new CreateOptions { WaitsForStart = false });

        Assert.Equal(0, task.Wait().Code);
        Assert.Equal("precious", File.ReadAllText(precious));
        Assert.Equal(0u, HostFile.TryStat(precious, out HostFileStatus status) == Errno.None ? status.Uid : 1u);
    }

    private static void Join(TestContainer container, string type, string path) =>
        container.Spec.Linux!.Namespaces =
            [.. container.Spec.Linux.Namespaces!.Where(space => space.Type != type), new NamespaceSpec { Type = type, Path = path }];
}
