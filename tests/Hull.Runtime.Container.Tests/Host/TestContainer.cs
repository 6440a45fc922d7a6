using System.Text;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Security;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>A bundle in a temporary directory with busybox in its root, and a state directory of its own.</summary>
internal sealed class TestContainer : IDisposable
{
    private const string Busybox = "/usr/bin/busybox";
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hull-runtime-");

    internal TestContainer()
    {
        Directory.CreateDirectory(RootPath + "/bin");
        File.Copy(Busybox, RootPath + "/bin/busybox");
        foreach (string name in (string[])["sh", "cat", "ls", "sleep", "true", "id", "readlink", "mount", "touch", "ionice", "uname", "head", "grep", "unshare"])
        {
            File.CreateSymbolicLink(RootPath + "/bin/" + name, "busybox");
        }

        Id = ContainerId.Parse("hulltest-" + Guid.NewGuid().ToString("N")[..12]);
        Runtime = new ContainerRuntime(_directory.FullName + "/state");
        Spec = new RuntimeSpec
        {
            Process = new ProcessSpec
            {
                Args = ["sh"],
                Cwd = "/",
                Env = ["PATH=/bin"],
                User = new UserSpec(),
                Capabilities = new CapabilitiesSpec
                {
                    Bounding = CapabilityNames.All,
                    Effective = CapabilityNames.All,
                    Permitted = CapabilityNames.All,
                },
            },
            Root = new RootSpec { Path = "rootfs" },
            Mounts =
            [
                new MountSpec { Destination = "/proc", Type = "proc", Source = "proc" },
                new MountSpec { Destination = "/dev", Type = "tmpfs", Source = "tmpfs", Options = ["nosuid", "mode=755"] },
                new MountSpec { Destination = "/dev/pts", Type = "devpts", Source = "devpts", Options = ["newinstance", "ptmxmode=0666", "mode=0620"] },
            ],
            Linux = new LinuxSpec
            {
                Namespaces = [.. ((string[])["pid", "mount", "ipc", "uts", "network"]).Select(type => new NamespaceSpec { Type = type })],
            },
        };
    }

    internal string DirectoryPath => _directory.FullName;

    internal string RootPath => _directory.FullName + "/rootfs";

    internal ContainerId Id { get; }

    internal ContainerRuntime Runtime { get; }

    internal RuntimeSpec Spec { get; }

    internal static void SkipWithoutRoot() => Assert.SkipUnless(
        Environment.IsPrivilegedProcess && File.Exists(Busybox), "Containers need root and busybox-static here.");

    internal void Mount(params MountSpec[] mounts) => Spec.Mounts = [.. Spec.Mounts!, .. mounts];

    internal Bundle Bundle(FileDescriptor? output = null) => new()
    {
        Id = Id,
        Directory = DirectoryPath,
        Spec = Spec,
        Root = new RootFilesystem { Path = RootPath },
        Streams = new TaskStreams { Output = output, Error = output },
    };

    /// <summary>Runs a shell script to its end.</summary>
    internal (int Code, string Output) Run(string script) => Run(script, new CreateOptions());

    /// <summary>Runs a shell script to its end, made in some way.</summary>
    internal (int Code, string Output) Run(string script, CreateOptions options)
    {
        Spec.Process!.Args = ["sh", "-c", script];
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        using (reader)
        {
            ContainerTask task;
            using (writer)
            {
                task = Runtime.Create(Bundle(writer), options with { WaitsForStart = false });
            }

            using (task)
            {
                string output = Encoding.UTF8.GetString(HostFile.ReadAll(reader, "output"));
                int code = task.Wait().Code;
                Runtime.Delete(Id, force: true);
                return (code, output);
            }
        }
    }

    public void Dispose()
    {
        Runtime.Delete(Id, force: true);
        _directory.Delete(recursive: true);
    }
}
