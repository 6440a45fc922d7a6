using System.Text;
using System.Text.Json;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci state</c>: shows a container's state as JSON.</summary>
internal static class StateCommand
{
    private static readonly OptionTable s_table = new([], []);

    /// <summary>Runs it.</summary>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        using ContainerTask task = new ContainerRuntime(global.Root).Open(Arguments.Parse(args, s_table).TheContainer());
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
