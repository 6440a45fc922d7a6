using System.Runtime.InteropServices;
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
            Flags = [format],
            MaxArguments = 0,
            Run = context =>
            {
                IReadOnlyList<ContainerView> all = context.Engine.Containers.List();
                int running = all.Count(view => view.IsRunning);
                int images = context.Engine.Images.Store.List().Count;
                string json = $$"""{"Containers":{{all.Count}},"ContainersRunning":{{running}},"ContainersStopped":{{all.Count - running}},"Images":{{images}},"Driver":"overlay","ServerVersion":"{{VersionCommand.Version}}","NCPU":{{Environment.ProcessorCount}},"MemTotal":{{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes}},"OSType":"linux","Architecture":"{{RuntimeInformation.ProcessArchitecture}}","KernelVersion":"{{Environment.OSVersion.Version}}","DockerRootDir":"{{context.Engine.Options.Paths.Root}}"}""";
                if (format.Value is { } template)
                {
                    context.Output.WriteLine(GoTemplate.Print(template, json));
                    return Task.FromResult(0);
                }

                context.Output.WriteLine($"Containers: {all.Count}\n Running: {running}\n Stopped: {all.Count - running}\nImages: {images}");
                context.Output.WriteLine($"Version: {VersionCommand.Version}\nStorage: overlay\nRoot: {context.Engine.Options.Paths.Root}\nState: {context.Engine.Options.Paths.State}");
                context.Output.WriteLine($"Kernel: {Environment.OSVersion.Version}\nCPUs: {Environment.ProcessorCount}\nMemory: {new ByteSize(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes)}");
                return Task.FromResult(0);
            },
        };
    }

    internal static Command Prune()
    {
        SwitchFlag all = new("all", 'a', "Every image no container uses, not only nameless ones.");
        SwitchFlag volumes = new("volumes", '\0', "Anonymous volumes no container uses, too.");
        SwitchFlag force = new("force", 'f', "Accepted for Docker's sake: hull never asks.");
        return new Command
        {
            Name = "system prune",
            Summary = "remove stopped containers and images nobody uses",
            Flags = [all, volumes, force],
            MaxArguments = 0,
            Run = context =>
            {
                PruneContainers(context);
                if (volumes.Value)
                {
                    foreach (string name in context.Engine.Volumes.Prune(all: false))
                    {
                        context.Output.WriteLine($"Volume: {name}");
                    }
                }

                (ImageRemoval removal, long bytes) = context.Engine.Images.Prune(all.Value, null, UserOf(context));
                foreach (Digest deleted in removal.Deleted)
                {
                    context.Output.WriteLine($"Image: {deleted}");
                }

                context.Output.WriteLine($"Total reclaimed space: {new ByteSize(bytes).ToDecimalString()}");
                return Task.FromResult(0);
            },
        };
    }

    internal static Command ContainerPrune()
    {
        SwitchFlag force = new("force", 'f', "Accepted for Docker's sake: hull never asks.");
        return new Command
        {
            Name = "prune",
            Summary = "remove every container that does not run",
            Flags = [force],
            MaxArguments = 0,
            Run = context =>
            {
                PruneContainers(context);
                return Task.FromResult(0);
            },
        };
    }

    private static Func<Digest, string?> UserOf(CommandContext context)
    {
        IReadOnlyList<ContainerView> containers = context.Engine.Containers.List();
        return id => containers.FirstOrDefault(view => view.Row.ImageId == id.ToString())?.Row.Name;
    }

    private static void PruneContainers(CommandContext context)
    {
        foreach (ContainerView view in context.Engine.Containers.List().Where(view => !view.IsActive))
        {
            context.Engine.Containers.Remove(view, force: false, volumes: false);
            context.Output.WriteLine($"Container: {view.Row.Id}");
        }
    }
}
