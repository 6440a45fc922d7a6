using Hull.Engine;
using Hull.Image;

namespace Hull.Cli.Commands;

/// <summary>Commands about everything at once: system prune, container prune.</summary>
internal static class SystemCommands
{
    internal static Command Prune()
    {
        SwitchFlag all = new("all", 'a', "Every image no container uses, not only nameless ones.");
        SwitchFlag volumes = new("volumes", '\0', "Anonymous volumes no container uses, too.");
        SwitchFlag force = new("force", 'f', "Do not ask.");
        ListFlag filter = new("filter", '\0', "NAME=VALUE", "Only those that fit: until, label, label!.");
        return new Command
        {
            Name = "system prune",
            Summary = "remove stopped containers and images nobody uses",
            Description = """
                Removes containers that do not run, then images without a name that no container uses (with --all:
                every image that none uses), and with --volumes anonymous volumes that no container uses.
                """,
            Examples = """
                hull system prune -f
                hull system prune -a --volumes --filter until=48h
                """,
            Flags = [all, volumes, force, filter],
            MaxArguments = 0,
            Run = context =>
            {
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                PruneFilter wanted = new(filter.Values, now);
                string what = $"all containers that do not run, {(all.Value ? "all images that no container uses" : "all nameless images")}{(volumes.Value ? " and all anonymous volumes that no container uses" : "")}";
                if (!Confirmation.Ask(context, force, what))
                {
                    return Task.FromResult(0);
                }

                PruneResult result = context.Engine.Prune(new PruneRequest
                {
                    FitsContainer = wanted.Fits,
                    FitsVolume = volumes.Value ? volume => wanted.FitsLabels(volume.Labels) : null,
                    AllImages = all.Value,
                    Images = filter.IsSet ? new ImageQuery(context.Engine.Images.Store, filter.Values, now) : null,
                });
                PruneReport.List(context.Output, "Containers", result.Containers);
                PruneReport.List(context.Output, "Volumes", result.Volumes);
                PruneReport.List(context.Output, result.Images);
                PruneReport.Sum(context.Output, result.Bytes);
                return Task.FromResult(0);
            },
        };
    }

    internal static Command ContainerPrune()
    {
        SwitchFlag force = new("force", 'f', "Do not ask.");
        ListFlag filter = new("filter", '\0', "NAME=VALUE", "Only those that fit: until, label, label!.");
        return new Command
        {
            Name = "prune",
            Summary = "remove every container that does not run",
            Description = """
                Removes containers that were created or ended, with their logs and their own files, and keeps their
                volumes.
                """,
            Examples = """
                hull prune -f
                hull prune --filter until=24h --filter label!=keep
                """,
            Flags = [force, filter],
            MaxArguments = 0,
            Run = context =>
            {
                PruneFilter wanted = new(filter.Values, TimeProvider.System.GetUtcNow());
                if (Confirmation.Ask(context, force, "all containers that do not run"))
                {
                    (IReadOnlyList<string> ids, long bytes) = context.Engine.Containers.Prune(wanted.Fits);
                    PruneReport.List(context.Output, "Containers", ids);
                    PruneReport.Sum(context.Output, bytes);
                }

                return Task.FromResult(0);
            },
        };
    }

}
