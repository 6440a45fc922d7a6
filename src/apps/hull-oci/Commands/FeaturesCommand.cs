using System.Text;
using System.Text.Json;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci features</c>: tells engines what this runtime can do, as JSON.</summary>
internal static class FeaturesCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "features", "show what this runtime supports as JSON", "", new OptionTable(), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        if (options.Operands.Count > 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"There are too many arguments: '{options.Operands[0]}' is not expected.");
        }

        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream, new JsonWriterOptions { Indented = true }))
        {
            RuntimeFeatures.Write(writer);
        }

        Output.Text(Encoding.UTF8.GetString(stream.ToArray()) + "\n");
        return 0;
    }
}
