using System.Globalization;
using System.Text;
using System.Text.Json;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci list</c>: lists the containers below the state directory.</summary>
internal static class ListCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "list", "list the containers", "", new OptionTable(
            new("format,f", "FORMAT", "table (default) or json"),
            new("quiet,q", null, "names only")), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        if (global.HasOwnRoot && !Directory.Exists(global.Root))
        {
            throw new HullException(ErrorKind.NotFound, $"The state directory '{global.Root}' does not exist: no such file or directory.");
        }

        List<ContainerTask> tasks = OpenAll(global.Runtime);
        if (options.Has("quiet"))
        {
            Output.Text(string.Concat(tasks.ConvertAll(task => task.Id + "\n")));
        }
        else if (options.Value("format") is "json")
        {
            Output.Text(Json(tasks));
        }
        else
        {
            Output.Text(Table(tasks));
        }

        tasks.ForEach(task => task.Dispose());
        return 0;
    }

    private static List<ContainerTask> OpenAll(ContainerRuntime runtime)
    {
        List<ContainerTask> tasks = [];
        foreach (ContainerId id in runtime.List())
        {
            try
            {
                tasks.Add(runtime.Open(id));
            }
            catch (HullException)
            {
                // Half made, or deleted since the directory was read.
            }
        }

        tasks.Sort((left, right) => string.CompareOrdinal(left.Id.ToString(), right.Id.ToString()));
        return tasks;
    }

    private static string Json(List<ContainerTask> tasks)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartArray();
            tasks.ForEach(task => StateCommand.Write(writer, task));
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    private static string Table(List<ContainerTask> tasks)
    {
        StringBuilder text = new();
        int width = Math.Max(12, tasks.Count == 0 ? 0 : tasks.Max(task => task.Id.ToString().Length + 2));
        text.Append("ID".PadRight(width)).AppendLine("PID         STATUS      BUNDLE      CREATED      OWNER");
        foreach (ContainerTask task in tasks)
        {
            Runtime.TaskStatus status = task.Status;
            int pid = status == Runtime.TaskStatus.Stopped ? 0 : task.ProcessId;
            text.Append(task.Id.ToString().PadRight(width))
                .Append(CultureInfo.InvariantCulture, $"{pid,-11} {ContainerTask.Name(status),-11} {task.Record.BundleDirectory}   {task.Record.CreatedText}   ")
                .AppendLine(task.Record.Owner == 0 ? "root" : "");
        }

        return text.ToString();
    }
}
