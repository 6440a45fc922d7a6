using System.Globalization;
using Hull.Engine.Containers;
using Hull.Runtime;

namespace Hull.Cli.Commands;

/// <summary><c>hull stats</c>: what containers use.</summary>
internal static class StatsCommand
{
    private const int IntervalMs = 1000;
    private const double Percent = 100;

    internal static Command Create()
    {
        SwitchFlag noStream = new("no-stream", '\0', "Show one result and end.");
        SwitchFlag all = new("all", 'a', "Show containers that do not run too.");
        SwitchFlag noTrunc = new("no-trunc", '\0', "Do not cut identifiers.");
        TextFlag format = new("format", '\0', "TEMPLATE", "table, json, or a template of .Name .CPUPerc .MemUsage .MemPerc .BlockIO .PIDs.");
        return new Command
        {
            Name = "stats",
            Summary = "show what containers use",
            Usage = "[CONTAINER...]",
            Examples = """
                hull stats
                hull stats --no-stream --format '{{.Name}} {{.MemUsage}}'
                """,
            Description = "CPU is the share of one processor in the last second: two busy processors are 200 %.",
            Flags = [noStream, all, noTrunc, format],
            Run = async context =>
            {
                while (true)
                {
                    await ShowAsync(context, all.Value, noTrunc.Value, format.Value, clear: !noStream.Value && format.Value is null);
                    if (noStream.Value)
                    {
                        return 0;
                    }

                    context.Output.Flush();
                }
            },
        };
    }

    private static async Task ShowAsync(CommandContext context, bool all, bool noTrunc, string? format, bool clear)
    {
        IReadOnlyList<ContainerView> views = context.Arguments.Count > 0
            ? [.. context.Arguments.Select(context.Engine.Containers.Get)]
            : [.. context.Engine.Containers.List().Where(view => all || view.IsRunning)];
        Dictionary<string, (TaskStatistics Use, long Ticks)> before = [];
        foreach (ContainerView view in views)
        {
            before[view.Row.Id] = (await ReadAsync(context, view), Environment.TickCount64);
        }

        await Task.Delay(IntervalMs, context.Cancellation);
        Listing listing = new(
            ("CONTAINER ID", "ID"), ("NAME", "Name"), ("CPU %", "CPUPerc"), ("MEM USAGE / LIMIT", "MemUsage"), ("MEM %", "MemPerc"),
            ("NET I/O", "NetIO"), ("BLOCK I/O", "BlockIO"), ("PIDS", "PIDs"));
        foreach (ContainerView view in views)
        {
            TaskStatistics use = await ReadAsync(context, view);
            (TaskStatistics earlier, long ticks) = before[view.Row.Id];
            double elapsed = Math.Max(1, Environment.TickCount64 - ticks) * 1_000_000d;
            double cpu = use.CpuNanoseconds > earlier.CpuNanoseconds ? (use.CpuNanoseconds - earlier.CpuNanoseconds) / elapsed * Percent : 0;
            long memory = (long)(use.MemoryBytes - Math.Min(use.MemoryCacheBytes, use.MemoryBytes));
            long limit = use.MemoryLimitBytes is { } own && own < long.MaxValue ? Math.Min((long)own, HostMemory()) : HostMemory();
            listing.Add(
                ("ID", noTrunc ? view.Row.Id : view.ShortId), ("Container", view.ShortId), ("Name", view.Row.Name),
                ("CPUPerc", cpu.ToString("0.00'%'", CultureInfo.InvariantCulture)),
                ("MemUsage", $"{new ByteSize(memory)} / {new ByteSize(limit)}"),
                ("MemPerc", (memory * Percent / Math.Max(1, limit)).ToString("0.00'%'", CultureInfo.InvariantCulture)),
                ("NetIO", "0B / 0B"), ("BlockIO", $"{new ByteSize((long)use.BlockReadBytes).ToDecimalString()} / {new ByteSize((long)use.BlockWriteBytes).ToDecimalString()}"),
                ("PIDs", use.Pids.ToString(CultureInfo.InvariantCulture)));
        }

        if (clear)
        {
            context.Output.Write("\u001b[H\u001b[J");
        }

        listing.Write(context.Output, format);
    }

    private static async Task<TaskStatistics> ReadAsync(CommandContext context, ContainerView view)
    {
        if (!view.IsRunning)
        {
            return new TaskStatistics();
        }

        using ITask task = await context.Engine.Containers.AttachTaskAsync(view, context.Cancellation);
        return await task.GetStatisticsAsync(context.Cancellation);
    }

    private static long HostMemory() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
}
