using System.Diagnostics;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>The command line of hull-oci, called by the name of the program it stands in for.</summary>
public sealed class OciProgramTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hull-oci-");

    [Fact]
    public void Program_CalledThroughALink_AnswersByThatName()
    {
        (int Code, string Output, string Errors) version = Run("--version");
        (int Code, string Output, string Errors) help = Run("run", "--help");

        Assert.StartsWith("runc version ", version.Output, StringComparison.Ordinal);
        Assert.StartsWith("NAME:\n   runc run - ", help.Output, StringComparison.Ordinal);
        Assert.Contains("--bundle, -b DIR", help.Output, StringComparison.Ordinal);
        Assert.Equal((0, 0), (version.Code, help.Code));
    }

    [Fact]
    public void Run_OfAProgramWhoseNameMovesTheCursor_PrintsNoControlCharacter()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["nosuch\u001b[2J\nhull-oci: all is well"];
        OciProgram program = new(container);
        program.WriteConfiguration();

        (int code, string output) = program.Shell("$oci run $id 2>&1");

        Assert.NotEqual(0, code);
        Assert.Equal("hull-oci: exec: \"nosuch\\x1b[2J\\nhull-oci: all is well\": executable file not found in $PATH.\n", output);
    }

    [Fact]
    public void Run_WithDebugAndLog_WritesTheStepsThereOnly()
    {
        string log = MakeBundle("/bin/true") + "/log";

        (int Code, string Output, string Errors) run = Run(
            "--root", _directory.FullName + "/state", "--debug", "--log", log, "--log-format", "json", "run", "-b", _directory.FullName, Name);

        Assert.Equal((0, "", ""), run);
        string text = File.ReadAllText(log);
        Assert.All(text.TrimEnd().Split('\n'), line => Assert.StartsWith("{\"level\":\"debug\",\"msg\":\"", line, StringComparison.Ordinal));
        Assert.Contains("nsexec container setup", text, StringComparison.Ordinal);
        Assert.Contains("child process in init()", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OfAScriptWithoutItsInterpreter_SaysWhatExecSaid()
    {
        File.WriteAllText(MakeBundle("/run.sh") + "/rootfs/run.sh", "#!/nosuch\n");
        File.SetUnixFileMode(_directory.FullName + "/rootfs/run.sh", (UnixFileMode)0x1ed);

        (int Code, string Output, string Errors) run = Run("--root", _directory.FullName + "/state", "run", "-b", _directory.FullName, Name);

        Assert.Equal((1, "", "exec /run.sh: no such file or directory\n"), run);
    }

    public void Dispose() => _directory.Delete(recursive: true);

    private string Name => "hulltest-" + _directory.Name;

    private string MakeBundle(string program)
    {
        TestContainer.SkipWithoutRoot();
        Directory.CreateDirectory(_directory.FullName + "/rootfs/bin");
        File.Copy("/usr/bin/busybox", _directory.FullName + "/rootfs/bin/true");
        File.WriteAllText(_directory.FullName + "/config.json", $$"""
            {
              "ociVersion": "1.2.0",
              "process": { "args": ["{{program}}"], "cwd": "/", "user": { "uid": 0, "gid": 0 } },
              "root": { "path": "rootfs" },
              "linux": { "namespaces": [{ "type": "pid" }, { "type": "mount" }] }
            }
            """);
        return _directory.FullName;
    }

    private (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        string link = _directory.FullName + "/runc";
        Assert.SkipUnless(File.Exists(OciProgram.Path), "hull-oci was not built beside the tests.");
        if (!File.Exists(link))
        {
            File.CreateSymbolicLink(link, OciProgram.Path);
        }

        using Process process = Process.Start(new ProcessStartInfo(link, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
