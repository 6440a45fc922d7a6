using System.Text;
using System.Text.Json;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci features</c>: tells engines what this runtime can do, as JSON.</summary>
internal static class FeaturesCommand
{
    private static readonly OptionTable s_table = new([], []);

    /// <summary>Runs it.</summary>
    internal static int Run(ReadOnlySpan<string> args)
    {
        Arguments options = Arguments.Parse(args, s_table);
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
