using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests.Cgroups;

/// <summary>A directory tree that looks like a machine with cgroups: plain files stand for the kernel's.</summary>
internal sealed class FakeCgroups : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("hull-cgroups-").FullName;

    internal FakeCgroups(string mountInfo, string own = "0::/\n")
    {
        Directory.CreateDirectory(Path.Combine(_root, "proc/self"));
        File.WriteAllText(Path.Combine(_root, "proc/self/mountinfo"), mountInfo);
        File.WriteAllText(Path.Combine(_root, "proc/self/cgroup"), own);
    }

    internal static FakeCgroups Unified(string controllers = "cpuset cpu io memory hugetlb pids rdma misc")
    {
        FakeCgroups fake = new("30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n");
        fake.AddUnified("", controllers);
        return fake;
    }

    internal CgroupHost Host => CgroupHost.Read(_root);

    internal string At(string path) => Path.Combine(_root, "sys/fs/cgroup", path);

    /// <summary>A cgroup with the files that a kernel would make in it.</summary>
    internal void AddUnified(string path, string controllers = "cpuset cpu io memory hugetlb pids rdma misc", params string[] without)
    {
        string directory = At(path);
        Directory.CreateDirectory(directory);
        string[] files =
        [
            "cgroup.subtree_control", "cgroup.procs", "cgroup.freeze", "cpu.max", "cpu.weight", "cpu.idle", "cpu.max.burst",
            "cpuset.cpus", "cpuset.mems", "memory.max", "memory.low", "memory.swap.max", "memory.current", "pids.max", "io.max",
            "io.weight", "hugetlb.2MB.max", "rdma.max", "cgroup.kill", "memory.high",
        ];
        foreach (string file in files.Except(without))
        {
            File.WriteAllText(Path.Combine(directory, file), "");
        }

        File.WriteAllText(Path.Combine(directory, "cgroup.controllers"), controllers + "\n");
    }

    internal void Write(string path, string text) => File.WriteAllText(At(path), text);

    internal string Read(string path) => File.ReadAllText(At(path));

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
