using Hull.OciCli;
using Hull.OciCli.Commands;

namespace Hull.Fuzz.Targets;

/// <summary>Command lines of hull-oci: taken apart, not run. Words are parted by line feeds.</summary>
internal sealed class OciCommandLineTarget : IFuzzTarget
{
    public string Name => "oci-command-line";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[] { "--bundle\n/b\n--pid-file=/p\n-d\nid", "--preserve-fds\n3\n--no-pivot\nid", "--\n-id", "--console-socket=/s\nid" }
            .Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        Arguments arguments = Arguments.Parse(System.Text.Encoding.UTF8.GetString(input.Span).Split('\n'), CreateRequest.Table);
        _ = arguments.Number("preserve-fds");
        _ = arguments.TheContainer();
    }
}
