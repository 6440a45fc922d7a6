using System.Globalization;
using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container;
using Hull.Runtime.Container.ResourceControl;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci update</c>: changes the limits of a container.</summary>
internal static class UpdateCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "update", "change a container's limits", "CONTAINER", new OptionTable(
            new("resources,r", "FILE", "read them from a JSON file, or from standard input with -"),
            new("blkio-weight", "N", "share of the disks, 10 to 1000"),
            new("cpu-period", "USEC", "length of a period"),
            new("cpu-quota", "USEC", "processor time in a period"),
            new("cpu-burst", "USEC", "unused quota that may be kept"),
            new("cpu-share", "N", "share of the processors"),
            new("cpu-rt-period", "USEC", "length of a real-time period"),
            new("cpu-rt-runtime", "USEC", "real-time processor time in it"),
            new("cpuset-cpus", "LIST", "which processors, such as 0-3,7"),
            new("cpuset-mems", "LIST", "which memory nodes"),
            new("cpu-idle", "0|1", "whether it runs only when nothing else does"),
            new("memory", "BYTES", "memory limit"),
            new("memory-reservation", "BYTES", "memory that is left to it under pressure"),
            new("memory-swap", "BYTES", "memory and swap together; -1 for no limit"),
            new("kernel-memory", "BYTES", "accepted; the kernel has no such limit any more"),
            new("kernel-memory-tcp", "BYTES", "accepted, likewise"),
            new("pids-limit", "N", "number of processes and threads"),
            new("l3-cache-schema", "TEXT", "cache allocation (Intel RDT)"),
            new("mem-bw-schema", "TEXT", "memory bandwidth (Intel RDT)")), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        using ContainerTask task = global.Runtime.Open(options.TheContainer());
        if (options.Value("l3-cache-schema") is { Length: > 0 } || options.Value("mem-bw-schema") is { Length: > 0 })
        {
            ResourceControlGroup group = task.ResourceControl ?? throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The container '{task.Id}' has no share of cache and memory bandwidth to change: it was made without 'linux.intelRdt'.");
            group.Update(options.Value("l3-cache-schema"), options.Value("mem-bw-schema"));
        }

        LinuxResources resources = options.Value("resources") is { Length: > 0 } path
            ? Read(path)
            : FromOptions(options);
        task.Update(resources);
        return 0;
    }

    private static LinuxResources Read(string path)
    {
        byte[] text = path == "-" ? HostFile.ReadAll(FileDescriptor.Borrow(0), "standard input") : HostFile.ReadAll(path);
        try
        {
            return JsonSerializer.Deserialize(text, RuntimeJson.Default.LinuxResources)
                ?? throw new HullException(ErrorKind.InvalidArgument, $"The resources '{path}' are empty.");
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The resources '{path}' are not valid: {error.Message}", error);
        }
    }

    private static LinuxResources FromOptions(Arguments options) => new()
    {
        Memory = new MemorySpec
        {
            Limit = Bytes(options, "memory"),
            Reservation = Bytes(options, "memory-reservation"),
            Swap = Bytes(options, "memory-swap"),
        },
        Cpu = new CpuSpec
        {
            Shares = Unsigned(options, "cpu-share"),
            Quota = Signed(options, "cpu-quota"),
            Period = Unsigned(options, "cpu-period"),
            Burst = Unsigned(options, "cpu-burst"),
            RealtimePeriod = Unsigned(options, "cpu-rt-period"),
            RealtimeRuntime = Signed(options, "cpu-rt-runtime"),
            Cpus = options.Value("cpuset-cpus"),
            Mems = options.Value("cpuset-mems"),
            Idle = Signed(options, "cpu-idle"),
        },
        BlockIO = new BlockIoSpec { Weight = (ushort?)Unsigned(options, "blkio-weight", ushort.MaxValue) },
        Pids = new PidsSpec { Limit = Signed(options, "pids-limit") },
    };

    private static long? Signed(Arguments options, string name) => options.Value(name) is not { Length: > 0 } text ? null
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value
        : throw Invalid(name, text);

    private static ulong? Unsigned(Arguments options, string name, ulong most = ulong.MaxValue) =>
        options.Value(name) is not { Length: > 0 } text ? null
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) && value <= most ? value
        : throw Invalid(name, text);

    private static long? Bytes(Arguments options, string name) => options.Value(name) is not { Length: > 0 } text ? null
        : text == "-1" ? -1
        : ByteSize.TryParse(text, out ByteSize size) ? size.Bytes
        : throw Invalid(name, text);

    private static HullException Invalid(string name, string text) =>
        new(ErrorKind.InvalidArgument, $"The option '--{name}' has an invalid value: '{text}' (invalid value for {name}).");
}
