using System.Globalization;
using Hull.Engine.Containers;
using Hull.Engine.Settings;
using Hull.Supervision;

namespace Hull.Cli.Commands;

/// <summary><c>hull ps</c>.</summary>
internal static class PsCommand
{
    private const int CommandWidth = 20;
    private const int MountWidth = 15;

    internal static Command Create()
    {
        SwitchFlag all = new("all", 'a', "Show all containers, not only running ones.");
        SwitchFlag quiet = new("quiet", 'q', "Print identifiers only.");
        SwitchFlag noTrunc = new("no-trunc", '\0', "Do not cut anything.");
        SwitchFlag latest = new("latest", 'l', "Show the newest container, whatever its state.");
        NumberFlag last = new("last", 'n', "N", "Show the N newest containers, whatever their state.");
        SwitchFlag size = new("size", 's', "Show how much each container wrote, and with its image in parentheses.");
        TextFlag format = new("format", '\0', "TEMPLATE", "table, json, or a template of the fields .ID .Names .Image .Command .CreatedAt .RunningFor .Status .State .Size .Mounts .Networks .Labels .Label.");
        ListFlag filter = new("filter", 'f', "NAME=VALUE", "Only those that fit: id, name, label, status, exited, ancestor, before, since, health, volume, network.");
        return new Command
        {
            Name = "ps",
            Summary = "list containers",
            Flags = [all, quiet, noTrunc, latest, last, size, format, filter],
            MaxArguments = 0,
            Description = """
                Without options, containers that run, newest first. Several values of one filter are alternatives, but for labels;
                different filters must all fit. With --filter status or exited, containers that do not run are meant too.
                """,
            Examples = "hull ps -a --filter status=exited --format '{{.ID}} {{.Names}}'",
            Run = context =>
            {
                ContainerFilter wanted = ContainerFilter.Parse(filter.Values);
                IReadOnlyList<ContainerView> everything = context.Engine.Containers.List();
                IEnumerable<ContainerView> views = wanted.Select(everything, name => context.Engine.Images.DescendantsOf(name));
                if (latest.Value || last.Value is > 0)
                {
                    views = views.Take(latest.Value ? 1 : (int)last.Value!.Value);
                }
                else if (!all.Value && !wanted.NamesStates)
                {
                    views = views.Where(view => view.IsActive);
                }

                Print(context, views, quiet.Value, noTrunc.Value, format.Value, size.Value || format.Value?.Contains(".Size", StringComparison.Ordinal) == true);
                return Task.FromResult(0);
            },
        };
    }

    internal static string StatusOf(ContainerView view, DateTimeOffset now)
    {
        TaskRecord record = view.Record;
        string up = $"Up {HumanText.Duration(now - (record.StartedAt ?? now))}";
        string code = record.ExitCode.ToString(CultureInfo.InvariantCulture);
        return record.State switch
        {
            TaskState.Running => record.Health is { } health ? $"{up} ({(health.Status == HealthRecord.Starting ? "health: starting" : health.Status)})" : up,
            TaskState.Paused => $"{up} (Paused)",
            TaskState.Restarting => $"Restarting ({code}) {HumanText.Ago(record.FinishedAt, now)}",
            TaskState.Exited => $"Exited ({code}) {HumanText.Ago(record.FinishedAt, now)}",
            TaskState.Dead => "Dead",
            _ => "Created",
        };
    }

    private static void Print(CommandContext context, IEnumerable<ContainerView> views, bool quiet, bool noTrunc, string? format, bool sized)
    {
        List<(string, string)> columns =
        [
            ("CONTAINER ID", "ID"), ("IMAGE", "Image"), ("COMMAND", "Command"), ("CREATED", "RunningFor"), ("STATUS", "Status"),
            ("PORTS", "Ports"), ("NAMES", "Names"),
        ];
        if (sized)
        {
            columns.Add(("SIZE", "Size"));
        }

        Listing listing = new(columns);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        foreach (ContainerView view in views)
        {
            string id = noTrunc ? view.Row.Id : view.ShortId;
            if (quiet)
            {
                context.Output.WriteLine(id);
                continue;
            }

            listing.Add(
                ("ID", id), ("Image", view.Row.Image), ("Command", CommandOf(view, noTrunc)),
                ("CreatedAt", view.Row.Created.ToString("yyyy-MM-dd HH:mm:ss '+0000 UTC'", CultureInfo.InvariantCulture)),
                ("RunningFor", HumanText.Ago(view.Row.Created, now)), ("Status", StatusOf(view, now)),
                ("State", view.Record.State.ToString().ToLowerInvariant()), ("Ports", ""), ("Names", view.Row.Name),
                ("Labels", string.Join(',', view.Row.Settings.Labels.Select(label => $"{label.Key}={label.Value}"))),
                ("Mounts", string.Join(',', view.Row.Settings.Mounts.Select(mount => MountText(mount, noTrunc)))),
                ("Networks", view.Row.Settings.Namespaces.Network), ("Size", sized ? SizeOf(context, view) : "0B"),
                ("LocalVolumes", LocalVolumesOf(view)));
        }

        if (!quiet)
        {
            listing.Write(context.Output, format);
        }
    }

    /// <summary>The command line in quotes, as Go writes them; cut unless it shall be whole.</summary>
    internal static string CommandOf(ContainerView view, bool whole)
    {
        string command = string.Join(' ', (view.Row.Settings.Entrypoint ?? []).Concat(view.Row.Settings.Command ?? []));
        return Printable.Quote(whole ? command : HumanText.Cut(command, CommandWidth));
    }

    internal static string LocalVolumesOf(ContainerView view) =>
        view.Row.Settings.Mounts.Count(mount => mount.Kind == MountKind.Volume).ToString(CultureInfo.InvariantCulture);

    private static string MountText(MountSettings mount, bool whole)
    {
        string text = mount.Source.Length > 0 ? mount.Source : mount.Target;
        return whole ? text : HumanText.Cut(text, MountWidth);
    }

    private static string SizeOf(CommandContext context, ContainerView view) =>
        $"{new ByteSize(context.Engine.Containers.OwnBytes(view)).ToDecimalString()} (virtual {new ByteSize(context.Engine.Containers.RootBytes(view)).ToDecimalString()})";
}
