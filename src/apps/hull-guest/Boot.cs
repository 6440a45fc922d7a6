using Hull.Linux;
using Hull.Runtime.MicroVm;

namespace Hull.Guest;

/// <summary>Makes a system of a kernel: modules, the file systems that programs expect, the share.</summary>
internal static class Boot
{
    private const string ModuleDirectory = "/modules";
    private const string NewRoot = "/root";

    private static readonly string[] s_directories =
        ["proc", "sys", "dev", "run", "tmp", "etc", AgentProtocol.ShareDirectory[1..]];

    internal static void Run()
    {
        foreach (string module in Directory.EnumerateFiles(ModuleDirectory).Order(StringComparer.Ordinal))
        {
            FirstProcess.LoadModule(module);
            File.Delete(module);
        }

        // The first root cannot be pivoted, which containers do; and what it holds is not needed any more.
        FirstProcess.Mount("tmpfs", NewRoot, "tmpfs", "mode=755");
        foreach (string directory in s_directories)
        {
            Directory.CreateDirectory($"{NewRoot}/{directory}");
        }

        FirstProcess.MoveToRoot(NewRoot);
        FirstProcess.Mount("proc", "/proc", "proc");
        FirstProcess.Mount("sysfs", "/sys", "sysfs");
        FirstProcess.Mount("devtmpfs", "/dev", "devtmpfs", "mode=755");
        MountBelow("devpts", "/dev/pts", "devpts", "gid=5,mode=620,ptmxmode=666");
        MountBelow("tmpfs", "/dev/shm", "tmpfs", "mode=1777");
        FirstProcess.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2");
        FirstProcess.Mount(AgentProtocol.ShareTag, AgentProtocol.ShareDirectory, "virtiofs");
    }

    /// <summary>Mounts the disk that the container's root is on.</summary>
    /// <remarks>
    /// Its inode tables are holes, which read as zeros: to write zeros into them would fill the container's own layer.
    /// What the guest frees is given back.
    /// </remarks>
    internal static void MountDisk() => MountBelow("/dev/vda", AgentProtocol.DiskDirectory, "ext4", "noinit_itable,discard");

    private static void MountBelow(string source, string target, string type, string data)
    {
        Directory.CreateDirectory(target);
        FirstProcess.Mount(source, target, type, data);
    }
}
