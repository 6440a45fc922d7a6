using Hull.Cli;

namespace Hull.Fuzz.Targets;

/// <summary>Command lines of hull: found and taken apart, not run. Words are parted by line feeds.</summary>
internal sealed class HullCommandLineTarget : IFuzzTarget
{
    public string Name => "hull-command-line";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "run\n-it\n--rm\n--name\nweb\n-e\nA=b\n-v\n/a:/b:ro\n--cpus\n0.25\n-m\n64m\n--cap-add\nNET_ADMIN\ndebian\nsh\n-c\ntrue",
            "ps\n-a\n--format\n{{json .}}", "exec\n-i\nweb\nls", "image\nls\n--filter\nlabel=a", "logs\n-f\n--tail\n10\nweb",
            "run\n--mount\ntype=bind,source=/a,target=/b\n--tmpfs\n/t:size=1k\n--ulimit\nnofile=1:2\nx", "container\nls",
        }.Select(System.Text.Encoding.UTF8.GetBytes),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        string[] words = System.Text.Encoding.UTF8.GetString(input.Span).Split('\n');
        if (CommandTable.TryFind(words, out Command? command, out int used))
        {
            _ = CommandParser.Parse(command!, words.AsSpan(used));
        }
    }
}
