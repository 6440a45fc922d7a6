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
    private static readonly OptionTable s_table = new(
        [],
        [
            "resources", "r", "blkio-weight", "cpu-period", "cpu-quota", "cpu-burst", "cpu-share", "cpu-rt-period", "cpu-rt-runtime",
            "cpuset-cpus", "cpuset-mems", "cpu-idle", "memory", "memory-reservation", "memory-swap", "kernel-memory", "kernel-memory-tcp",
            "pids-limit", "l3-cache-schema", "mem-bw-schema",
        ]);

    /// <summary>Runs it.</summary>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        Arguments options = Arguments.Parse(args, s_table);
        using ContainerTask task = new ContainerRuntime(global.Root).Open(options.TheContainer());
        if (options.Value("l3-cache-schema") is { Length: > 0 } || options.Value("mem-bw-schema") is { Length: > 0 })
        {
            ResourceControlGroup group = task.ResourceControl ?? throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The container '{task.Id}' has no share of cache and memory bandwidth to change: it was made without 'linux.intelRdt'.");
            group.Update(options.Value("l3-cache-schema"), options.Value("mem-bw-schema"));
        }

        LinuxResources resources = (options.Value("resources") ?? options.Value("r")) is { Length: > 0 } path
            ? Read(path)
            : FromOptions(options);
        task.RequireCgroup().Apply(resources);
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
