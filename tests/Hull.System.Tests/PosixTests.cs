using System.Diagnostics;

namespace Hull.System.Tests;

/// <summary>Asks the shared root and a shared directory what they promise; the host's own file systems are the oracle.</summary>
public sealed class PosixTests
{
    private const string Compiler = "/usr/bin/gcc";

    [Theory]
    [InlineData("/tmp/asked")]
    [InlineData("/work/asked")]
    public void SharedFiles_BehaveAsTheHostsOwn(string place)
    {
        HullHost.RequireRoot();
        using HullHost machine = new(HullHost.Machine);
        using HullHost container = new();
        string program = Build(container.HomeDirectory);

        string expected = Ask(container, program, place);
        string actual = Ask(machine, program, place);

        Assert.EndsWith("all appends are there: 4000\n", expected, StringComparison.Ordinal);
        Assert.Equal(expected, actual);
    }

    private static string Ask(HullHost host, string program, string place)
    {
        string directory = Path.Combine(host.HomeDirectory, "shared");
        Directory.CreateDirectory(directory);
        return host.Run("run", "--rm", "-v", $"{program}:/posix:ro", "-v", $"{directory}:/work", "busybox", "/posix", place).Succeeds();
    }

    /// <summary>Compiles the questions; skips where that cannot be done.</summary>
    internal static string Build(string directory)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "posix.c");
        string program = Path.Combine(directory, "posix");
        Assert.SkipUnless(File.Exists(Compiler), "Needs gcc and a static C library.");
        using Process process = Process.Start(Compiler, ["-static", "-O1", "-w", "-o", program, source]);
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, "Needs gcc and a static C library.");
        return program;
    }
}
