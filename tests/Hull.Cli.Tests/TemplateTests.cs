using System.Diagnostics;
using Hull.Cli.Templates;

namespace Hull.Cli.Tests;

/// <summary>Templates of <c>--format</c>, as Docker's users write them.</summary>
public sealed class TemplateTests
{
    private const string Document = """
        {
          "Id": "abc123", "Name": "/web", "RestartCount": 2, "Size": null, "Ratio": 0.25, "Big": 1e21,
          "State": {"Status": "running", "Running": true, "Paused": false, "ExitCode": 0},
          "Config": {"Env": ["A=1", "B=two words"], "Cmd": ["sh", "-c", "echo"], "Labels": {"tier": "web", "a.b": "dotted"}, "Volumes": null},
          "Mounts": [
            {"Type": "volume", "Source": "/v", "Destination": "/data", "RW": true},
            {"Type": "bind", "Source": "/srv", "Destination": "/srv", "RW": false}
          ],
          "HostConfig": {"Memory": 67108864, "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}},
          "NetworkSettings": {"Ports": {}, "Networks": {"none": {"IPAddress": "", "Gateway": "10.0.0.1"}}}
        }
        """;

    [Theory]
    [InlineData("{{.Id}} {{.State.Status}}", "abc123 running")]
    [InlineData("{{.State}}", "map[ExitCode:0 Paused:false Running:true Status:running]")]
    [InlineData("{{json .State.Running}} {{json .Config.Env}} {{json .Size}}", "true [\"A=1\",\"B=two words\"] null")]
    [InlineData("{{.Size}} {{.Ratio}} {{.Big}} {{.Config.Env}}", "<nil> 0.25 1e+21 [A=1 B=two words]")]
    [InlineData("{{range .Config.Env}}{{println .}}{{end}}", "A=1\nB=two words\n")]
    [InlineData("{{range $i, $e := .Config.Env}}{{if $i}}, {{end}}{{$i}}:{{$e}}{{end}}", "0:A=1, 1:B=two words")]
    [InlineData("{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}", "a.b=dotted tier=web ")]
    [InlineData("{{range $n, $c := .NetworkSettings.Networks}}{{$n}} {{$c.Gateway}}{{end}}", "none 10.0.0.1")]
    [InlineData("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", "")]
    [InlineData("{{range .NetworkSettings.Ports}}x{{else}}no ports{{end}}", "no ports")]
    [InlineData("{{with .Config.Labels}}{{.tier}}{{end}}{{with .Config.Volumes}}v{{else}}none{{end}}", "webnone")]
    [InlineData("{{with $x := .State.Status}}{{$x}}{{end}}", "running")]
    [InlineData("{{if .State.Paused}}p{{else if .State.Running}}r{{else}}s{{end}}", "r")]
    [InlineData("{{if eq .State.Status \"exited\"}}a{{else if eq .State.Status \"running\" \"paused\"}}b{{end}}", "b")]
    [InlineData("{{if and .State.Running (gt .RestartCount 1)}}yes{{end}}", "yes")]
    [InlineData("{{if or .State.Paused (not .State.Running)}}a{{else}}b{{end}}", "b")]
    [InlineData("{{or .Config.Volumes \"none\"}} {{and .Id .Name}}", "none /web")]
    [InlineData("{{if ne .HostConfig.RestartPolicy.Name \"no\"}}{{.HostConfig.RestartPolicy.Name}}:{{.HostConfig.RestartPolicy.MaximumRetryCount}}{{end}}", "on-failure:3")]
    [InlineData("{{lt 1 2}} {{le 2 2}} {{gt 1.5 1}} {{ge \"b\" \"a\"}} {{eq .State.ExitCode 0}}", "true true true true true")]
    [InlineData("{{index .Config.Cmd 0}} {{index .Config.Labels \"a.b\"}} {{index .Config.Labels \"nope\"}}|", "sh dotted |")]
    [InlineData("{{(index .Mounts 0).Source}} {{(index .Mounts 1).Destination | upper}}", "/v /SRV")]
    [InlineData("{{index (index .Mounts 0) \"Type\"}} {{index .NetworkSettings.Networks \"none\" \"Gateway\"}}", "volume 10.0.0.1")]
    [InlineData("{{join .Config.Cmd \" \"}} {{len .Config.Env}} {{len .Name}}", "sh -c echo 2 4")]
    [InlineData("{{.Name | printf \"%s!\"}} {{printf \"%-6s|%5d|%05.1f|%q\" .Id .RestartCount .Ratio .Name}}", "/web! abc123|    2|000.2|\"/web\"")]
    [InlineData("{{printf \"%.4s %t %v %x\" .Id .State.Running .Config.Cmd \"hi\"}}", "abc1 true [sh -c echo] 6869")]
    [InlineData("{{slice .Id 0 3}} {{slice .Config.Cmd 1}} {{truncate .Id 2}}|{{pad .Id 1 2}}|", "abc [-c echo] ab| abc123  |")]
    [InlineData("{{title \"a word\"}} {{upper .Name}} {{lower \"ABC\"}} {{split \"a:b\" \":\"}}", "A Word /WEB abc [a b]")]
    [InlineData("{{range .Mounts}}{{if .RW}}{{continue}}{{end}}{{.Source}}{{break}}{{end}}", "/srv")]
    [InlineData("{{range .Mounts}}{{$.Id}} {{.Type}};{{end}}", "abc123 volume;abc123 bind;")]
    [InlineData("{{$n := 1}}{{range .Mounts}}{{$n = len .Type}}{{end}}{{$n}}", "4")]
    [InlineData("{{- /* a comment */ -}} a {{- \" b \" -}} c", "a b c")]
    [InlineData("{{\"}}\"}} {{`raw \\n`}} {{\"tab\\there\"}} {{print 1 2 \"x\" 3}} {{'a'}}", "}} raw \\n tab\there 1 2x3 97")]
    [InlineData("{{println 1 \"a\" true}}", "1 a true\n")]
    [InlineData("{{.Config.Labels.nope}} {{if .Config.Labels.nope}}a{{else}}b{{end}}", "<no value> b")]
    [InlineData("{{json .Config.Labels}}", "{\"tier\":\"web\",\"a.b\":\"dotted\"}")]
    [InlineData("{{range 3}}{{.}}{{end}}", "012")]
    [InlineData("json", null)]
    [InlineData("text without braces", "text without braces")]
    public void Template_PrintsAsDockers(string template, string? expected)
    {
        string printed = GoTemplate.Print(template, Document);

        Assert.Equal(expected ?? GoTemplate.Print("{{json .}}", Document), printed);
    }

    [Theory]
    [InlineData("{{.Nope}}", "'Nope'")]
    [InlineData("{{.State.Nope}}", "'Nope'")]
    [InlineData("{{.Id.Nope}}", "'Nope'")]
    [InlineData("{{nope .Id}}", "'nope' is not supported")]
    [InlineData("{{uper .Id}}", "Did you mean 'upper'")]
    [InlineData("{{template \"x\"}}", "'template' is not supported")]
    [InlineData("{{.Id", "open '{{'")]
    [InlineData("{{if .Id}}", "without '{{end}}'")]
    [InlineData("{{range .Mounts}}{{else}}", "without '{{end}}'")]
    [InlineData("{{end}}", "too many")]
    [InlineData("{{if .Id}}{{else}}{{else}}{{end}}", "'{{end}}'")]
    [InlineData("{{}}", "empty")]
    [InlineData("{{(.Id}}", "without ')'")]
    [InlineData("{{.Id)}}", "')'")]
    [InlineData("{{\"x}}", "open '{{'")]
    [InlineData("{{.Id | }}", "nothing follows")]
    [InlineData("{{.Id .Name}}", "not a function")]
    [InlineData("{{$x}}", "'$x' is not set")]
    [InlineData("{{break}}", "outside of a '{{range}}'")]
    [InlineData("{{index .Mounts 7}}", "outside of a list of 2")]
    [InlineData("{{index .Id \"x\"}}", "cannot look into")]
    [InlineData("{{gt .Id 1}}", "different kinds")]
    [InlineData("{{eq .Id}}", "two values")]
    [InlineData("{{json}}", "takes one value")]
    [InlineData("{{len 5}}", "length of '5'")]
    [InlineData("{{json 516161.1e999}}", "number '516161.1e999'")]
    [InlineData("{{slice .Id 9}}", "outside of a length of 6")]
    [InlineData("{{join .Id}}", "needs a text as its second value")]
    [InlineData("{{range .Id}}{{end}}", "no list")]
    [InlineData("{{printf \"%99999999s\" .Id}}", "more than 10000")]
    [InlineData("{{\"\\q\"}}", "'\\q' is not known")]
    [InlineData("{{.Id ! .Name}}", "'!'")]
    [InlineData("{{range 100000000}}{{printf \"%10000s\" \"x\"}}{{end}}", "16 MiB")]
    public void Template_ThatIsWrong_IsRefusedInOneSentence(string template, string words)
    {
        UsageException error = Assert.Throws<UsageException>(() => GoTemplate.Print(template, Document));

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Matches("^[A-Z'].*[.?]$", error.Message);
    }

    [Fact]
    public void Template_OfEndlessNesting_IsRefused()
    {
        string blocks = string.Concat(Enumerable.Repeat("{{if .}}", 20_000)) + string.Concat(Enumerable.Repeat("{{end}}", 20_000));
        string parentheses = "{{" + new string('(', 20_000) + "1" + new string(')', 20_000) + "}}";

        Assert.Throws<UsageException>(() => GoTemplate.Parse(blocks));
        Assert.Throws<UsageException>(() => GoTemplate.Parse(parentheses));
    }

    [Fact]
    public void Listing_WithTemplates_HasDockersTables()
    {
        Listing listing = new(("NAMES", "Names"), ("STATUS", "State"));
        listing.Add(("Names", "web"), ("State", "running"), ("Labels", "tier=front,x=y"));
        listing.Add(("Names", "db"), ("State", "exited"), ("Labels", ""));

        Assert.Equal("NAMES   STATUS\nweb     RUNNING\ndb      EXITED\n", Write(listing, "table {{.Names}}\\t{{upper .State}}"));
        Assert.Equal("NAMES   tier\nweb     front\ndb      \n", Write(listing, "table {{.Names}}\t{{if eq .Names \"NAMES\"}}tier{{else}}{{.Label \"tier\"}}{{end}}"));
        Assert.Equal("web\tup\ndb\tdown\n", Write(listing, "{{.Names}}\\t{{if eq .State \"running\"}}up{{else}}down{{end}}"));
        Assert.Equal("{\"Labels\":\"tier=front,x=y\",\"Names\":\"web\",\"State\":\"running\"}", Write(listing, "json").Split('\n')[0]);
        Assert.Equal(Write(listing, "json"), Write(listing, "{{json .}}"));
        Assert.Equal("NAMES   STATUS\nweb     running   more\ndb      exited\n", Write(listing, "table {{.Names}}\t{{.State}}{{if eq .Names \"web\"}}\tmore{{end}}"));
    }

    // What needs no data, so that another program can be asked too.
    public static IEnumerable<TheoryDataRow<string>> Expressions => new[]
    {
        "printf \"%5d|%-5d|%05d|%+d|%x|%X|%o|%b|%c|%q\" 42 42 42 42 255 255 8 5 65 66", "printf \"%s|%10s|%-10s|%.2s|%q|%x|%X\" \"abc\" \"abc\" \"abc\" \"abc\" \"a\\\"b\\n\" \"abc\" \"abc\"",
        "printf \"%f|%.2f|%8.3f|%-8.1f|%e|%g|%v\" 1.5 1.255 2.5 2.5 12345.678 0.00001 1e21", "printf \"%v %v %v %v %d\" true nil \"x\" 3 \"x\"", "printf \"%d %s\" 1", "printf \"%d\" 1 2", "printf \"100%%\"", "printf \"%!\"",
        "printf \"%t %t\" true 1", "printf \"%T %T %T %T\" 1 \"a\" true 1.5", "printf \"%s\" 5", "printf \"%q\" (split \"a,b\" \",\")", "printf \"%v\" (split \"a,b\" \",\")", "printf \"%#x %#v\" 255 \"a\"",
        "print 1 2 \"a\" \"b\" 3 4", "println 1 \"a\" true", "print nil", "len \"h\u00e9\"", "len (split \"a,b\" \",\")", "index (split \"a,b\" \",\") 1", "slice \"abcdef\" 1 3", "slice \"abcdef\" 2",
        "join (split \"a,b,c\" \",\") \"-\"", "json (split \"a,<b>\" \",\")", "json \"x\\\"y\"", "json 1.5", "json true", "upper \"aBc\"", "lower \"aBc\"", "title \"ab cd\"", "pad \"x\" 2 3", "pad \"\" 2 3", "truncate \"abcdef\" 3", "truncate \"ab\" 3",
        "eq 1 1", "eq 1 2 1", "eq \"a\" \"b\"", "ne \"a\" \"b\"", "lt 1 2", "le 2 2", "gt 1.5 1.0", "ge \"b\" \"a\"", "eq true true", "and 1 0 2", "and true \"x\"", "or 0 \"\" \"z\"", "or 0 \"\"", "not 0", "not \"x\"",
        "1 | printf \"%d-%d\" 2", "\"x\" | upper | lower", "(split \"a,b\" \",\") | json", "if eq 1 1}}a{{else}}b{{end", "if 0}}a{{else if 1}}b{{else}}c{{end", "range $i, $e := split \"a,b\" \",\"}}{{$i}}={{$e}};{{end",
        "range split \"a,b\" \",\"}}<{{.}}>{{end", "with \"x\"}}{{.}}{{end", "with \"\"}}a{{else}}b{{end", "$x := 5}}{{$x}}{{$x = 6}}{{$x", "range split \"a,b,c\" \",\"}}{{if eq . \"b\"}}{{continue}}{{end}}{{.}}{{end", "range split \"a,b,c\" \",\"}}{{if eq . \"b\"}}{{break}}{{end}}{{.}}{{end",
        "`raw`", "'a'", "0x1f", "1e3", "-5", "\"\\u00e9\\x41\\t|\"", "true", "1.0", "1e100", "0.00001234", "/* comment */", "\"}}\"",
    }.Select(text => new TheoryDataRow<string>(text));

    [Theory]
    [MemberData(nameof(Expressions))]
    public async Task Expression_PrintsAsGoHasIt(string expression)
    {
        const string Podman = "/usr/bin/podman";
        Assert.SkipUnless(File.Exists(Podman), "This machine has no podman, whose templates are Go's.");
        string template = "<{{" + expression + "}}>";
        ProcessStartInfo start = new(Podman, ["version", "--format", template]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string expected = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);

        Assert.Equal(expected.TrimEnd('\n'), GoTemplate.Print(template, "{}").TrimEnd('\n'));
    }

    private static string Write(Listing listing, string format)
    {
        StringWriter output = new();
        listing.Write(output, format);
        return output.ToString();
    }
}
