using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hull.Cli.Templates;
using Hull.Engine;
using Hull.Engine.Containers;
using Hull.Image;

namespace Hull.Cli.Commands;

/// <summary>Commands about the host: info, system prune, container prune.</summary>
internal static class SystemCommands
{
    internal static Command Info()
    {
        TextFlag format = new("format", 'f', "TEMPLATE", "Print with a Go template, or json.");
        return new Command
        {
            Name = "info",
            Summary = "show what this host and this store are",
            Description = """
                Containers, images, version, directories, kernel, processors and memory, with Docker's names in
                templates.
                """,
            Examples = """
                hull info
                hull info -f '{{.DockerRootDir}}'
                """,
            Flags = [format],
            MaxArguments = 0,
            Run = context =>
            {
                IReadOnlyList<ContainerView> all = context.Engine.Containers.List();
                int paused = all.Count(view => view.Record.State == Supervision.TaskState.Paused);
                int running = all.Count(view => view.IsRunning) - paused;
                int images = context.Engine.Images.Store.List().Count;
                string json = ToJson(context, all.Count, running, paused, images);
                if (format.Value is { } template)
                {
                    context.Output.WriteLine(GoTemplate.Print(template, json));
                    return Task.FromResult(0);
                }

                context.Output.WriteLine($"Containers: {all.Count}\n Running: {running}\n Paused: {paused}\n Stopped: {all.Count - running - paused}\nImages: {images}");
                context.Output.WriteLine($"Version: {VersionCommand.Version}\nStorage: overlay\nRoot: {context.Engine.Options.Paths.Root}\nState: {context.Engine.Options.Paths.State}");
                context.Output.WriteLine($"Kernel: {HostDescription.Kernel}\nCPUs: {Environment.ProcessorCount}\nMemory: {new ByteSize(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)}");
                return Task.FromResult(0);
            },
        };
    }

    private static string ToJson(CommandContext context, int containers, int running, int paused, int images)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("Containers", containers);
            json.WriteNumber("ContainersRunning", running);
            json.WriteNumber("ContainersPaused", paused);
            json.WriteNumber("ContainersStopped", containers - running - paused);
            json.WriteNumber("Images", images);
            json.WriteString("Driver", "overlay");
            json.WriteString("ServerVersion", VersionCommand.Version);
            json.WriteNumber("NCPU", Environment.ProcessorCount);
            json.WriteNumber("MemTotal", GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
            json.WriteString("OSType", "linux");
            json.WriteString("OperatingSystem", HostDescription.OperatingSystem);
            json.WriteString("Architecture", HostDescription.Architecture);
            json.WriteString("KernelVersion", HostDescription.Kernel);
            json.WriteString("CgroupDriver", "cgroupfs");
            json.WriteString("CgroupVersion", HostDescription.CgroupVersion);
            json.WriteString("LoggingDriver", "json-file");
            json.WriteString("Name", Environment.MachineName);
            json.WriteString("DockerRootDir", context.Engine.Options.Paths.Root);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

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
