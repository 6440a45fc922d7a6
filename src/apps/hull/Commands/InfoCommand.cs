using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hull.Cli.Machines;
using Hull.Cli.Templates;
using Hull.Cpu.Choice;
using Hull.Engine.Containers;
using Hull.Runtime.Container.Spawn;

namespace Hull.Cli.Commands;

/// <summary><c>hull info</c>.</summary>
internal static class InfoCommand
{
    internal static Command Create()
    {
        TextFlag format = new("format", 'f', "TEMPLATE", "Print with a Go template, or json.");
        return new Command
        {
            Name = "info",
            Summary = "show what this host and this store are",
            Description = """
                Containers, images, version, directories, kernel, security modules, processors and memory, with Docker's
                names in templates; what runs the instructions of machines here, and why it is not KVM when it is not.
                """,
            Examples = """
                hull info
                hull info -f '{{.DockerRootDir}}'
                hull info -f '{{.Machines.Processor}}'
                """,
            Flags = [format],
            MaxArguments = 0,
            Run = context =>
            {
                InfoReport report = Gather(context);
                context.Output.WriteLine(format.Value is { } template ? GoTemplate.Print(template, ToJson(report)) : ToText(report));
                return Task.FromResult(0);
            },
        };
    }

    private static InfoReport Gather(CommandContext context)
    {
        IReadOnlyList<ContainerView> all = context.Engine.Containers.List();
        int paused = all.Count(view => view.Record.State == Supervision.TaskState.Paused);
        using ProcessorChoice processor = ProcessorChoice.Make("auto");
        return new InfoReport
        {
            Containers = all.Count,
            Paused = paused,
            Running = all.Count(view => view.IsRunning) - paused,
            Images = context.Engine.Images.Store.List().Count,
            Root = context.Engine.Options.Paths.Root,
            State = context.Engine.Options.Paths.State,
            Memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            SecurityOptions = [.. SecurityOptions()],
            Processor = processor.Name,
            WhyNotKvm = processor.WhyNotKvm ?? "",
            GuestKernel = new KernelCache(context.Paths.Root).List().FirstOrDefault(kernel => kernel.IsChosen)?.Version ?? "",
        };
    }

    // Docker's spelling, because scripts look for it.
    private static IEnumerable<string> SecurityOptions()
    {
        if (HostFacts.Ask().HasAppArmor)
        {
            yield return "name=apparmor";
        }

        yield return "name=seccomp,profile=builtin";
        if (Directory.Exists("/sys/fs/selinux/class"))
        {
            yield return "name=selinux";
        }

        yield return "name=cgroupns";
    }

    private static string ToText(InfoReport report) => $"""
        Containers: {report.Containers}
         Running: {report.Running}
         Paused: {report.Paused}
         Stopped: {report.Stopped}
        Images: {report.Images}
        Version: {VersionCommand.Version}
        Storage: overlay
        Root: {report.Root}
        State: {report.State}
        Operating System: {HostDescription.OperatingSystem}
        Kernel: {HostDescription.Kernel}
        Architecture: {HostDescription.Architecture}
        Cgroup Version: {HostDescription.CgroupVersion}
        Security Options: {string.Join(", ", report.SecurityOptions.Select(option => option["name=".Length..].Split(',')[0]))}
        CPUs: {Environment.ProcessorCount}
        Memory: {new ByteSize(report.Memory)}
        Machines:
         Processor: {report.Processor}{(report.WhyNotKvm.Length > 0 ? $"\n Why not KVM: {report.WhyNotKvm}" : "")}
         Guest Kernel: {(report.GuestKernel.Length > 0 ? report.GuestKernel : "none; 'hull vm kernel pull' brings one")}
        """;

    private static string ToJson(InfoReport report)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteNumber("Containers", report.Containers);
            json.WriteNumber("ContainersRunning", report.Running);
            json.WriteNumber("ContainersPaused", report.Paused);
            json.WriteNumber("ContainersStopped", report.Stopped);
            json.WriteNumber("Images", report.Images);
            json.WriteString("Driver", "overlay");
            json.WriteString("ServerVersion", VersionCommand.Version);
            json.WriteNumber("NCPU", Environment.ProcessorCount);
            json.WriteNumber("MemTotal", report.Memory);
            json.WriteString("OSType", "linux");
            json.WriteString("OperatingSystem", HostDescription.OperatingSystem);
            json.WriteString("Architecture", HostDescription.Architecture);
            json.WriteString("KernelVersion", HostDescription.Kernel);
            json.WriteString("CgroupDriver", "cgroupfs");
            json.WriteString("CgroupVersion", HostDescription.CgroupVersion);
            json.WriteString("LoggingDriver", "json-file");
            json.WriteString("Name", Environment.MachineName);
            json.WriteString("DockerRootDir", report.Root);
            json.WriteStartArray("SecurityOptions");
            foreach (string option in report.SecurityOptions)
            {
                json.WriteStringValue(option);
            }

            json.WriteEndArray();
            json.WriteStartObject("Machines");
            json.WriteString("Processor", report.Processor);
            json.WriteString("WhyNotKvm", report.WhyNotKvm);
            json.WriteString("GuestKernel", report.GuestKernel);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
