using System.Text;
using System.Text.Json;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci state</c>: shows a container's state as JSON.</summary>
internal static class StateCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "state", "show a container's state as JSON", "CONTAINER", new OptionTable(), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        using ContainerTask task = global.Runtime.Open(options.TheContainer());
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true }))
        {
            Write(writer, task);
        }

        Output.Text(Encoding.UTF8.GetString(stream.ToArray()) + "\n");
        return 0;
    }

    /// <summary>Writes one container as runc does.</summary>
    internal static void Write(Utf8JsonWriter writer, ContainerTask task)
    {
        Runtime.TaskStatus status = task.Status;
        writer.WriteStartObject();
        writer.WriteString("ociVersion", task.Record.OciVersion);
        writer.WriteString("id", task.Id.ToString());
        writer.WriteNumber("pid", status == Runtime.TaskStatus.Stopped ? 0 : task.ProcessId);
        writer.WriteString("status", ContainerTask.Name(status));
        writer.WriteString("bundle", task.Record.BundleDirectory);
        writer.WriteString("rootfs", task.Record.RootDirectory);
        writer.WriteString("created", task.Record.CreatedText);
        if (task.Record.Annotations.Count > 0)
        {
            writer.WriteStartObject("annotations");
            foreach ((string key, string value) in task.Record.Annotations)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
        }

        writer.WriteString("owner", task.Record.Owner == 0 ? "root" : "");
        writer.WriteEndObject();
    }
}
