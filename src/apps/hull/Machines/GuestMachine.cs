using Hull.Engine;
using Hull.Engine.Settings;
using Hull.Machine.Host.Disks;
using Hull.Runtime;

namespace Hull.Cli.Machines;

/// <summary>Sizes the machine of a container that runs in one, and finds what it is made of.</summary>
internal sealed class GuestMachine(EnginePaths paths)
{
    private const string KernelVariable = "HULL_KERNEL";
    private const string KernelPrefix = "vmlinuz-";
    private const long DefaultMemory = 512L << 20;
    private const long PageBytes = 4096;
    private const long NanosPerProcessor = 1_000_000_000;
    private const int MaxProcessors = 8;

    // The kernel, its tables and the agent; a memory limit is the container's own, as on the host's kernel.
    private const long GuestOverhead = 160L << 20;

    private readonly KernelCache _kernels = new(paths.Root);

    /// <summary>Makes the orders.</summary>
    /// <exception cref="HullException">There is no kernel, or a program is missing.</exception>
    internal MachineOrders OrdersOf(ContainerSettings settings, RootDisk? disk)
    {
        if (disk is not null)
        {
            MakeOverlay(disk);
        }

        string kernel = FindKernel(settings.Machine?.Kernel);
        string tree = Path.GetDirectoryName(Path.GetDirectoryName(kernel)) ?? "/";
        return new MachineOrders
        {
            StateDirectory = paths.Machines,
            Program = ProgramAt("hull-machine"),
            Agent = ProgramAt("hull-guest"),
            Kernel = kernel,
            Modules = Path.Combine(tree, "lib/modules", Path.GetFileName(kernel)[KernelPrefix.Length..]),
            MemoryBytes = MemoryOf(settings.Resources.MemoryBytes),
            Processors = ProcessorsOf(settings.Resources),
            RootDisk = disk,
            BootTimeoutMs = settings.Machine?.BootTimeoutMs ?? MachineOrders.DefaultBootTimeoutMs,
        };
    }

    // Under a name that does not count until it is whole: the header is written before the rest.
    private static void MakeOverlay(RootDisk disk)
    {
        if (File.Exists(disk.Overlay))
        {
            return;
        }

        string staged = disk.Overlay + ".new";
        File.Delete(staged);
        DiskChain.Open(new DiskOptions
        {
            Path = disk.Base,
            Format = DiskFormat.Raw,
            HasOverlay = true,
            OverlayPath = staged,
            FollowsAnyBacking = true,
        }).Dispose();
        File.Move(staged, disk.Overlay);
    }

    private static long MemoryOf(long limit)
    {
        long bytes = limit > 0 ? limit + GuestOverhead : DefaultMemory;
        return (bytes + PageBytes - 1) / PageBytes * PageBytes;
    }

    private static int ProcessorsOf(ResourceSettings resources)
    {
        long nanos = resources.NanoCpus > 0 ? resources.NanoCpus
            : resources is { CpuQuota: > 0, CpuPeriod: > 0 } ? resources.CpuQuota * NanosPerProcessor / resources.CpuPeriod
            : NanosPerProcessor;
        long count = (nanos + NanosPerProcessor - 1) / NanosPerProcessor;
        return count <= MaxProcessors
            ? (int)Math.Max(1, count)
            : throw new HullException(ErrorKind.InvalidArgument, $"A microVM cannot have {count} processors; give it at most {MaxProcessors}.");
    }

    private string FindKernel(string? asked)
    {
        string? given = Environment.GetEnvironmentVariable(KernelVariable);
        string kernel = asked is null && given is { Length: > 0 } ? given
            : asked is not null && asked.StartsWith('/') ? asked
            : _kernels.Find(asked)
                ?? throw new HullException(
                    ErrorKind.FailedPrecondition, "There is no guest kernel yet: run 'hull vm kernel pull' once.");
        if (!Path.GetFileName(kernel).StartsWith(KernelPrefix, StringComparison.Ordinal))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The kernel '{kernel}' is not named '{KernelPrefix}VERSION' as in its package.");
        }

        return File.Exists(kernel)
            ? kernel
            : throw new HullException(ErrorKind.NotFound, $"The kernel '{kernel}' does not exist.");
    }

    private static string ProgramAt(string name)
    {
        string path = Path.Combine(AppContext.BaseDirectory, name);
        return File.Exists(path)
            ? path
            : throw new HullException(
                ErrorKind.FailedPrecondition, $"The program '{path}' is missing: microVMs need it beside hull.");
    }
}
