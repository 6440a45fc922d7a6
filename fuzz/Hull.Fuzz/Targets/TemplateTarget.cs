using System.Text;
using Hull.Cli.Templates;

namespace Hull.Fuzz.Targets;

/// <summary>Templates of <c>--format</c>, run over a container's description.</summary>
internal sealed class TemplateTarget : IFuzzTarget
{
    private const string Document = """
        {"Id":"abc","Names":"web","State":{"Status":"running","Pid":7,"Health":null},"Labels":"a=b,c=d","Mounts":[{"Source":"/a","RW":true},{"Source":"/b","RW":false}],
         "Config":{"Env":["A=b","C=d"],"Labels":{"x.y":"z"},"Empty":[],"No":{}},"Size":1.5,"Text":"caf\u00e9 \u0001"}
        """;

    public string Name => "template";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "{{.Id}}\t{{.State.Status}}", "{{json .Config}}", "{{range .Mounts}}{{.Source}} {{if .RW}}rw{{else}}ro{{end}}{{end}}",
            "{{range $k, $v := .Config.Labels}}{{$k}}={{$v}},{{end}}", "{{index .Config.Env 1 | upper}}", "{{len .Mounts}} {{join .Config.Env \",\"}}",
            "{{- .Id -}} {{.Label \"a\"}}", "{{if eq .State.Pid 7}}x{{end}}{{if and .Id (not .No)}}y{{end}}", "table {{.Id}}\\t{{.Names | lower | json}}", "json",
            "{{range .Config.Empty}}a{{else}}b{{end}}{{$x}}{{println .Size}}",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public IReadOnlyList<string> Words { get; } =
        ["{{", "}}", "{{end}}", "{{else}}", "{{range .Mounts}}", "{{if ", "{{range $k, $v := ", "$", " | ", "json ", "index ", " 1", ".Config.Env", ".Labels", "-}}", "{{- ", "len ", "and ", "or ", "\""];

    public void Run(ReadOnlyMemory<byte> input) => _ = GoTemplate.Print(Encoding.UTF8.GetString(input.Span), Document);
}
