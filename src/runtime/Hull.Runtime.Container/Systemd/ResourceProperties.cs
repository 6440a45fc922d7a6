using System.Globalization;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Systemd;

/// <summary>Limits as properties of a unit, so that systemd knows them and keeps them when it writes the cgroup anew.</summary>
/// <remarks>
/// Source: systemd.resource-control(5). What systemd has no property for is written to the cgroup alone, which is the
/// unit's delegated to us; see docs/cgroups.md.
/// </remarks>
public static class ResourceProperties
{
    private const ulong NoLimit = ulong.MaxValue;
    private const ulong SecondUsec = 1_000_000;
    private const ulong DefaultPeriodUsec = 100_000;

    // systemd counts processor time in hundredths of a processor: 10,000 microseconds of each second.
    private const ulong QuotaStepUsec = 10_000;
    private const int MaxNumber = 8191;

    /// <summary>The properties of limits.</summary>
    /// <param name="resources">The limits.</param>
    /// <param name="unified">Whether the unit lies in a version 2 hierarchy.</param>
    /// <param name="withDevices">Whether device rules are among them.</param>
    /// <exception cref="HullException">A value is malformed.</exception>
    public static UnitProperties Of(LinuxResources resources, bool unified, bool withDevices)
    {
        ArgumentNullException.ThrowIfNull(resources);
        UnitProperties properties = new();
        if (withDevices)
        {
            AddDevices(properties, DeviceRules.Create(resources.Devices ?? []));
        }

        if (resources.Memory is { } memory)
        {
            AddMemory(properties, memory, unified);
        }

        if (resources.Cpu is { } cpu)
        {
            AddCpu(properties, cpu, unified);
        }

        if (resources.Pids?.Limit is { } limit)
        {
            properties.Add("TasksMax", limit < 0 ? NoLimit : (ulong)Math.Max(limit, 1));
        }

        if (unified)
        {
            AddUnified(properties, resources.Unified ?? new Dictionary<string, string>());
        }

        return properties;
    }

    /// <summary>A list such as <c>0-3,7</c> as bits.</summary>
    /// <exception cref="HullException">It is malformed.</exception>
    public static byte[] BitsOf(string list)
    {
        ArgumentNullException.ThrowIfNull(list);
        byte[] bits = new byte[(MaxNumber / 8) + 1];
        int used = 0;
        foreach (string part in list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            string[] ends = part.Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out int first) || !TryNumber(ends[^1], out int last) || last < first)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"'{list}' is not a list of numbers such as '0-3,7'.");
            }

            for (int number = first; number <= last; number++)
            {
                bits[number / 8] |= (byte)(1 << (number % 8));
            }

            used = Math.Max(used, (last / 8) + 1);
        }

        return bits[..used];
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= MaxNumber;

    private static void AddMemory(UnitProperties properties, MemorySpec memory, bool unified)
    {
        if (memory.Limit is { } limit && limit != 0)
        {
            properties.Add(unified ? "MemoryMax" : "MemoryLimit", limit < 0 ? NoLimit : (ulong)limit);
        }

        if (!unified)
        {
            return;
        }

        if (memory.Reservation is { } reservation && reservation != 0)
        {
            properties.Add("MemoryLow", reservation < 0 ? NoLimit : (ulong)reservation);
        }

        // The specification counts memory and swap together, version 2 swap alone.
        if (memory.Swap is -1 || (memory.Swap is null or 0 && memory.Limit is -1))
        {
            properties.Add("MemorySwapMax", NoLimit);
        }
        else if (memory is { Swap: > 0 and { } both, Limit: > 0 and { } own } && both >= own)
        {
            properties.Add("MemorySwapMax", (ulong)(both - own));
        }
    }

    private static void AddCpu(UnitProperties properties, CpuSpec cpu, bool unified)
    {
        if (cpu.Idle is 1 && unified)
        {
            properties.Add("CPUWeight", 0ul);
        }
        else if (cpu.Shares is > 0 and { } shares)
        {
            properties.Add(unified ? "CPUWeight" : "CPUShares", unified ? Cgroup.WeightOfShares(shares) : shares);
        }

        AddQuota(properties, cpu.Quota, cpu.Period);
        if (unified && cpu.Cpus is { Length: > 0 } cpus)
        {
            properties.Add("AllowedCPUs", BitsOf(cpus));
        }

        if (unified && cpu.Mems is { Length: > 0 } nodes)
        {
            properties.Add("AllowedMemoryNodes", BitsOf(nodes));
        }
    }

    private static void AddQuota(UnitProperties properties, long? quota, ulong? period)
    {
        if (period is > 0 and { } chosen)
        {
            properties.Add("CPUQuotaPeriodUSec", chosen);
        }

        if (quota is not { } time || time == 0)
        {
            return;
        }

        ulong perSecond = NoLimit;
        if (time > 0)
        {
            // In wide arithmetic: both come from the configuration, and are checked by the kernel later.
            UInt128 exact = (UInt128)(ulong)time * SecondUsec / (period is > 0 and { } own ? own : DefaultPeriodUsec);
            UInt128 rounded = (exact + QuotaStepUsec - 1) / QuotaStepUsec * QuotaStepUsec;
            perSecond = rounded < NoLimit ? (ulong)rounded : NoLimit;
        }

        properties.Add("CPUQuotaPerSecUSec", perSecond);
    }

    private static void AddDevices(UnitProperties properties, DeviceRules rules)
    {
        List<(string, string)> allowed = [];
        bool expressible = !rules.AllowsByDefault;
        foreach (DeviceRule rule in rules.Exceptions)
        {
            string kind = rule.Kind == 'c' ? "char" : "block";
            string? node = rule switch
            {
                { Major: DeviceRule.Any, Minor: DeviceRule.Any } => $"{kind}-*",
                { Major: DeviceRule.Any } => null,
                { Minor: DeviceRule.Any } => string.Create(CultureInfo.InvariantCulture, $"{kind}-{rule.Major}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"/dev/{kind}/{rule.Major}:{rule.Minor}"),
            };
            expressible &= node is not null;
            allowed.Add((node ?? "", rule.Letters));
        }

        // Rules that systemd cannot express are enforced by the container's own program alone.
        properties.Add("DevicePolicy", expressible ? "strict" : "auto");
        properties.AddPairs("DeviceAllow", []);
        if (expressible)
        {
            properties.AddPairs("DeviceAllow", allowed);
        }
    }

    private static void AddUnified(UnitProperties properties, IReadOnlyDictionary<string, string> files)
    {
        foreach ((string file, string value) in files)
        {
            string? name = file switch
            {
                "memory.min" => "MemoryMin",
                "memory.low" => "MemoryLow",
                "memory.high" => "MemoryHigh",
                "memory.max" => "MemoryMax",
                "memory.swap.max" => "MemorySwapMax",
                "pids.max" => "TasksMax",
                "cpu.weight" => "CPUWeight",
                _ => null,
            };
            ulong number = NoLimit;
            if (name is not null && (value.Trim() == "max" || ulong.TryParse(value.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out number)))
            {
                properties.Add(name, number);
            }
            else if (file is "cpuset.cpus" or "cpuset.mems" && value.Trim().Length > 0)
            {
                properties.Add(file == "cpuset.cpus" ? "AllowedCPUs" : "AllowedMemoryNodes", BitsOf(value.Trim()));
            }
        }
    }
}
