using System.Text.Json;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Writes statistics as the <c>data</c> of <c>runc events</c>: programs parse that, member by member.</summary>
public static class StatisticsJson
{
    /// <summary>Writes one object.</summary>
    public static void Write(Utf8JsonWriter writer, CgroupStatistics statistics)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(statistics);
        writer.WriteStartObject();
        WriteCpu(writer, statistics.Cpu);
        WriteCpuset(writer, statistics.Cpuset);
        WriteMemory(writer, statistics.Memory);
        writer.WriteStartObject("pids");
        WriteUnlessZero(writer, "current", statistics.Pids);
        WriteUnlessZero(writer, "limit", statistics.PidsLimit);
        writer.WriteEndObject();
        writer.WriteStartObject("blkio");
        WriteBlockIo(writer, "ioServiceBytesRecursive", statistics.BlockIo.ServiceBytes);
        WriteBlockIo(writer, "ioServicedRecursive", statistics.BlockIo.Serviced);
        WritePressure(writer, statistics.BlockIo.Pressure);
        writer.WriteEndObject();
        writer.WriteStartObject("hugetlb");
        foreach ((string size, HugetlbStatistics each) in statistics.Hugetlb)
        {
            writer.WriteStartObject(size);
            WriteUnlessZero(writer, "usage", each.Usage);
            WriteUnlessZero(writer, "max", each.Peak);
            writer.WriteNumber("failcnt", each.Failures);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteStartObject("intel_rdt");
        writer.WriteEndObject();
        writer.WriteNull("network_interfaces");
        writer.WriteEndObject();
    }

    private static void WriteCpu(Utf8JsonWriter writer, CpuStatistics cpu)
    {
        writer.WriteStartObject("cpu");
        writer.WriteStartObject("usage");
        WriteUnlessZero(writer, "total", cpu.Total);
        WriteList(writer, "percpu", cpu.PerCpu);
        WriteList(writer, "percpu_kernel", cpu.PerCpuKernel);
        WriteList(writer, "percpu_user", cpu.PerCpuUser);
        writer.WriteNumber("kernel", cpu.Kernel);
        writer.WriteNumber("user", cpu.User);
        writer.WriteEndObject();
        writer.WriteStartObject("throttling");
        WriteUnlessZero(writer, "periods", cpu.Periods);
        WriteUnlessZero(writer, "throttledPeriods", cpu.ThrottledPeriods);
        WriteUnlessZero(writer, "throttledTime", cpu.ThrottledTime);
        writer.WriteEndObject();
        WritePressure(writer, cpu.Pressure);
        writer.WriteEndObject();
    }

    private static void WriteCpuset(Utf8JsonWriter writer, CpusetStatistics? cpuset)
    {
        writer.WriteStartObject("cpuset");
        if (cpuset is not null)
        {
            WriteSet(writer, "cpus", cpuset.Cpus);
            WriteSet(writer, "mems", cpuset.Mems);
            foreach ((string name, long value) in cpuset.Knobs)
            {
                writer.WriteNumber(name, value);
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteMemory(Utf8JsonWriter writer, MemoryStatistics memory)
    {
        writer.WriteStartObject("memory");
        WriteUnlessZero(writer, "cache", memory.Cache);
        WriteUsage(writer, "usage", memory.Usage);
        WriteUsage(writer, "swap", memory.Swap);
        WriteUsage(writer, "kernel", memory.Kernel);
        WriteUsage(writer, "kernelTCP", memory.KernelTcp);
        writer.WriteStartObject("raw");
        foreach ((string name, ulong value) in memory.Raw)
        {
            writer.WriteNumber(name, value);
        }

        writer.WriteEndObject();
        WritePressure(writer, memory.Pressure);
        writer.WriteEndObject();
    }

    private static void WriteUsage(Utf8JsonWriter writer, string name, MemoryUsage usage)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("limit", usage.Limit);
        WriteUnlessZero(writer, "usage", usage.Current);
        WriteUnlessZero(writer, "max", usage.Peak);
        writer.WriteNumber("failcnt", usage.Failures);
        writer.WriteEndObject();
    }

    private static void WriteBlockIo(Utf8JsonWriter writer, string name, IReadOnlyList<BlockIoEntry> entries)
    {
        if (entries.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (BlockIoEntry entry in entries)
        {
            writer.WriteStartObject();
            WriteUnlessZero(writer, "major", entry.Major);
            WriteUnlessZero(writer, "minor", entry.Minor);
            if (entry.Operation.Length > 0)
            {
                writer.WriteString("op", entry.Operation);
            }

            WriteUnlessZero(writer, "value", entry.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WritePressure(Utf8JsonWriter writer, PressureStatistics? pressure)
    {
        if (pressure is null)
        {
            return;
        }

        writer.WriteStartObject("psi");
        WriteLine(writer, "some", pressure.Some);
        WriteLine(writer, "full", pressure.Full);
        writer.WriteEndObject();
    }

    private static void WriteLine(Utf8JsonWriter writer, string name, PressureLine line)
    {
        writer.WriteStartObject(name);
        writer.WriteNumber("avg10", line.Average10);
        writer.WriteNumber("avg60", line.Average60);
        writer.WriteNumber("avg300", line.Average300);
        writer.WriteNumber("total", line.Total);
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, string name, IReadOnlyList<ulong> values)
    {
        if (values.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (ulong value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteSet(Utf8JsonWriter writer, string name, IReadOnlyList<int> values)
    {
        writer.WriteStartArray(name);
        foreach (int value in values)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    private static void WriteUnlessZero(Utf8JsonWriter writer, string name, ulong value)
    {
        if (value != 0)
        {
            writer.WriteNumber(name, value);
        }
    }
}
