using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>One test per published escape from a container runtime, with the exploit's shape.</summary>
public sealed class EscapeTests
{
    [Fact]
    public void Cve20195736_TheRuntimesProgram_CannotBeOverwrittenFromInside()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];

        using ContainerTask task = container.Runtime.Create(container.Bundle());

        // What waits inside is a sealed memory file: no path of the host leads to it, and nobody can write to it.
        string program = $"/proc/{task.ProcessId}/exe";
        Assert.StartsWith("/memfd:hull-init", File.ResolveLinkTarget(program, returnFinalTarget: false)!.FullName, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => File.OpenWrite(program).Dispose());
    }

    [Fact]
    public void Cve201916884_ProcBehindALink_IsRefused()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Directory.CreateDirectory(container.RootPath + "/elsewhere");
        File.CreateSymbolicLink(container.RootPath + "/proc", "elsewhere");

        HullException error = Assert.ThrowsAny<HullException>(() => container.Run("true"));

        Assert.Contains("'/proc'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cve202130465_AMountTargetThatIsALink_StaysInsideTheRoot()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string outside = container.DirectoryPath + "/outside";
        string source = container.DirectoryPath + "/source";
        Directory.CreateDirectory(outside);
        Directory.CreateDirectory(source);
        File.WriteAllText(source + "/marker", "x");
        File.CreateSymbolicLink(container.RootPath + "/target", "/../../../../../.." + outside);
        Directory.CreateDirectory(container.RootPath + outside);
        container.Mount(new MountSpec { Destination = "/target", Type = "bind", Source = source, Options = ["bind"] });

        (int code, string output) = container.Run($"cat /target/marker {outside}/marker");

        Assert.Equal((0, "xx"), (code, output));
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public void Cve20220492_TheReleaseAgent_CannotBeSet()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Mount(
            new MountSpec { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["ro", "nosuid", "noexec", "nodev"] },
            new MountSpec { Destination = "/sys/fs/cgroup", Type = "cgroup", Source = "cgroup", Options = ["ro", "nosuid", "noexec", "nodev"] });
        container.Spec.Process!.Capabilities = new CapabilitiesSpec { Bounding = ["CAP_CHOWN"], Effective = ["CAP_CHOWN"], Permitted = ["CAP_CHOWN"] };

        (_, string output) = container.Run(
            "for f in /sys/fs/cgroup/*; do (echo /x > $f/release_agent) 2>/dev/null && echo written $f; done;"
            + "mount -t cgroup -o rw,pids none /bin 2>/dev/null && echo mounted; echo end");

        Assert.Equal("end\n", output);
    }

    [Fact]
    public void Cve202327561_SysBehindALink_IsRefused()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Directory.CreateDirectory(container.RootPath + "/volume");
        File.CreateSymbolicLink(container.RootPath + "/sys", "volume/../volume");
        container.Mount(new MountSpec { Destination = "/sys", Type = "sysfs", Source = "sysfs", Options = ["ro"] });

        Assert.ThrowsAny<HullException>(() => container.Run("true"));
    }

    [Theory]
    [InlineData("/proc/self/fd/7")]
    [InlineData("/proc/self/fd/8")]
    [InlineData("/proc/self/fd/9")]
    [InlineData("/proc/thread-self/fd/10")]
    public void Cve202421626_AWorkingDirectoryBehindADescriptor_IsRefused(string directory)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Cwd = directory;

        HullException error = Assert.ThrowsAny<HullException>(() => container.Run("ls ../../.."));

        Assert.Contains("working directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cve202421626_NoDescriptorOfTheHost_IsLeftOpen()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();

        (_, string output) = container.Run("ls /proc/self/fd | sort -n | tr '\\n' ' ' 2>/dev/null || ls /proc/self/fd");

        // 0, 1, 2 and the one with which ls reads the directory.
        Assert.All(output.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries), number => Assert.InRange(int.Parse(number, System.Globalization.CultureInfo.InvariantCulture), 0, 3));
    }

    [Fact]
    public void Cve202531133_AMaskedPath_IsCoveredByTheRealNullDevice()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Directory.CreateDirectory(container.RootPath + "/dev");
        File.CreateSymbolicLink(container.RootPath + "/dev/null", "/proc/sysrq-trigger");
        container.Spec.Mounts = [container.Spec.Mounts![0]];
        container.Spec.Linux!.MaskedPaths = ["/proc/keys"];

        (int code, string output) = container.Run("cat /proc/keys; ls -l /proc/keys");

        Assert.Equal(0, code);
        Assert.Contains("1,   3", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Cve202552565_AConsoleBehindALink_IsRefused()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        Directory.CreateDirectory(container.RootPath + "/dev/pts");
        File.CreateSymbolicLink(container.RootPath + "/dev/console", "/proc/sys/kernel/core_pattern");
        container.Spec.Mounts = [container.Spec.Mounts![0], container.Spec.Mounts[2]];
        container.Spec.Process!.Terminal = true;
        (Linux.FileDescriptor near, Linux.FileDescriptor far) = Linux.UnixSocket.CreatePair();
        using (near)
        using (far)
        {
            Bundle bundle = container.Bundle() with { Streams = new TaskStreams { Console = far } };

            HullException error = Assert.ThrowsAny<HullException>(() => container.Runtime.Create(bundle));

            Assert.Contains("/dev/console", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Cve202552881_AFakeProcfs_GetsNoSysctl()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Linux!.Sysctl = new Dictionary<string, string> { ["net.ipv4.ip_forward"] = "1" };
        string fake = container.DirectoryPath + "/fake";
        Directory.CreateDirectory(fake + "/net/ipv4");
        File.WriteAllText(fake + "/net/ipv4/ip_forward", "untouched");
        container.Mount(new MountSpec { Destination = "/proc/sys", Type = "bind", Source = fake, Options = ["bind"] });

        (_, string output) = container.Run("cat /proc/sys/net/ipv4/ip_forward");

        // The write went to the kernel's own file, through the host's verified procfs, not to what the bundle put there.
        Assert.Equal("untouched", output);
    }
}
