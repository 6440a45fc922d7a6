using System.Globalization;
using Hull.Engine.Settings;
using Hull.Oci.Runtime;
using Hull.Runtime.Security;

namespace Hull.Engine.Spec;

/// <content>Limits and devices.</content>
internal static partial class SpecBuilder
{
    private const long MinimumMemoryBytes = 512 * 1024;
    private const ulong DefaultPeriodUs = 100_000;
    private const long NanosecondsPerCpu = 1_000_000_000;

    internal static LinuxResources BuildLimits(ResourceSettings limits)
    {
        Check(limits);
        long quota = limits.CpuQuota;
        ulong period = (ulong)limits.CpuPeriod;
        if (limits.NanoCpus > 0)
        {
            period = DefaultPeriodUs;
            quota = limits.NanoCpus * (long)DefaultPeriodUs / NanosecondsPerCpu;
        }

        return new LinuxResources
        {
            Cpu = new CpuSpec
            {
                Shares = limits.CpuShares > 0 ? (ulong)limits.CpuShares : null,
                Quota = quota != 0 ? quota : null,
                Period = period > 0 ? period : null,
                RealtimePeriod = limits.CpuRealtimePeriod > 0 ? (ulong)limits.CpuRealtimePeriod : null,
                RealtimeRuntime = limits.CpuRealtimeRuntime != 0 ? limits.CpuRealtimeRuntime : null,
                Cpus = Text(limits.CpusetCpus),
                Mems = Text(limits.CpusetMems),
            },
            Memory = new MemorySpec
            {
                Limit = limits.MemoryBytes > 0 ? limits.MemoryBytes : null,
                Reservation = limits.MemoryReservationBytes > 0 ? limits.MemoryReservationBytes : null,
                Swap = SwapOf(limits),
                Swappiness = limits.MemorySwappiness is { } swappiness and >= 0 ? (ulong)swappiness : null,
                DisableOOMKiller = limits.OomKillDisable ? true : null,
            },
            Pids = limits.PidsLimit != 0 ? new PidsSpec { Limit = limits.PidsLimit } : null,
            BlockIO = BlockIoOf(limits),
        };
    }

    private static LinuxResources BuildResources(SpecContext context, SecurityPlan security)
    {
        List<DeviceRuleSpec> rules = security.Privileged
            ? [new() { Allow = true, Access = "rwm" }]
            : [.. DefaultContainerPosture.DeviceRules];
        foreach (DeviceOption device in DevicesOf(context))
        {
            rules.Add(device.Rule);
        }

        rules.AddRange(context.Row.Settings.Resources.DeviceCgroupRules.Select(DeviceOption.ParseRule));
        return BuildLimits(context.Row.Settings.Resources) with { Devices = rules };
    }

    private static List<DeviceSpec>? BuildDevices(SpecContext context)
    {
        List<DeviceSpec> devices = [.. DevicesOf(context).Select(device => device.Device)];
        if (context.Row.Settings.Security.Privileged)
        {
            devices.AddRange(DeviceOption.AllOfHost().Where(device => devices.TrueForAll(own => own.Path != device.Path)));
        }

        return devices.Count > 0 ? devices : null;
    }

    private static IEnumerable<DeviceOption> DevicesOf(SpecContext context) =>
        context.Row.Settings.Devices.SelectMany(DeviceOption.Parse);

    private static void Check(ResourceSettings limits)
    {
        if (limits.MemoryBytes is > 0 and < MinimumMemoryBytes)
        {
            throw Invalid($"The memory limit {limits.MemoryBytes} bytes is too small: the least is 512 KiB.");
        }

        if (limits.MemorySwapBytes > 0 && limits.MemoryBytes == 0)
        {
            throw Invalid("A limit of memory and swap (--memory-swap) needs a memory limit (--memory) too.");
        }

        if (limits.MemorySwapBytes > 0 && limits.MemorySwapBytes < limits.MemoryBytes)
        {
            throw Invalid("The limit of memory and swap (--memory-swap) is below the memory limit: it counts both.");
        }

        if (limits.MemoryReservationBytes > 0 && limits.MemoryBytes > 0 && limits.MemoryReservationBytes > limits.MemoryBytes)
        {
            throw Invalid("The memory reservation is above the memory limit.");
        }

        if (limits.MemorySwappiness is < -1 or > 100)
        {
            throw Invalid($"The swappiness '{limits.MemorySwappiness}' is out of range: use 0 to 100.");
        }

        if (limits.OomScoreAdjust is < -1000 or > 1000)
        {
            throw Invalid($"The OOM score adjustment '{limits.OomScoreAdjust}' is out of range: use -1000 to 1000.");
        }

        if (limits.NanoCpus > 0 && (limits.CpuQuota > 0 || limits.CpuPeriod > 0))
        {
            throw Invalid("Use --cpus or --cpu-quota with --cpu-period, not both.");
        }

        if (limits.CpuPeriod is not 0 and (< 1000 or > 1_000_000))
        {
            throw Invalid($"The CPU period '{limits.CpuPeriod}' is out of range: use 1000 to 1000000 microseconds.");
        }

        if (limits.CpuQuota is > 0 and < 1000)
        {
            throw Invalid($"The CPU quota '{limits.CpuQuota}' is too small: the least is 1000 microseconds.");
        }

        if (limits.BlockIoWeight is not 0 and (< 10 or > 1000))
        {
            throw Invalid($"The block I/O weight '{limits.BlockIoWeight}' is out of range: use 10 to 1000.");
        }
    }

    // Docker's rule: without --memory-swap a container gets as much swap as memory; -1 is no limit.
    private static long? SwapOf(ResourceSettings limits) => limits.MemorySwapBytes != 0 ? limits.MemorySwapBytes
        : limits.MemoryBytes > 0 ? limits.MemoryBytes * 2
        : null;

    private static BlockIoSpec? BlockIoOf(ResourceSettings limits)
    {
        BlockIoSpec spec = new()
        {
            Weight = limits.BlockIoWeight > 0 ? (ushort)limits.BlockIoWeight : null,
            WeightDevice = Each(limits.BlockIoWeightDevices, (major, minor, value) =>
                new WeightDeviceSpec { Major = major, Minor = minor, Weight = (ushort)value }, bytes: false),
            ThrottleReadBpsDevice = Throttles(limits.DeviceReadBps, bytes: true),
            ThrottleWriteBpsDevice = Throttles(limits.DeviceWriteBps, bytes: true),
            ThrottleReadIOPSDevice = Throttles(limits.DeviceReadIops, bytes: false),
            ThrottleWriteIOPSDevice = Throttles(limits.DeviceWriteIops, bytes: false),
        };
        return spec == new BlockIoSpec() ? null : spec;
    }

    private static List<ThrottleDeviceSpec>? Throttles(IReadOnlyList<string> texts, bool bytes) => Each(
        texts, (major, minor, value) => new ThrottleDeviceSpec { Major = major, Minor = minor, Rate = (ulong)value }, bytes);

    private static List<T>? Each<T>(IReadOnlyList<string> texts, Func<long, long, long, T> make, bool bytes)
    {
        if (texts.Count == 0)
        {
            return null;
        }

        List<T> all = [];
        foreach (string text in texts)
        {
            int colon = text.LastIndexOf(':');
            string path = colon < 0 ? text : text[..colon];
            string value = colon < 0 ? "" : text[(colon + 1)..];
            long amount = bytes && ByteSize.TryParse(value, out ByteSize size) ? size.Bytes
                : long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long plain) ? plain
                : throw Invalid($"'{text}' is not a device and a value such as '/dev/sda:1mb'.");
            (long major, long minor, _) = DeviceOption.NumbersOf(path);
            all.Add(make(major, minor, amount));
        }

        return all;
    }

    private static string? Text(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static HullException Invalid(string message) => new(ErrorKind.InvalidArgument, message);
}
