using System.Diagnostics;
using System.Text.Json;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>The program hull-oci with a state directory of its own, run through a shell.</summary>
/// <param name="container">Whose bundle and state directory are used.</param>
internal sealed class OciProgram(TestContainer container)
{
    internal static string Path { get; } = Checkout.Program("hull-oci");

    private string StateDirectory => container.DirectoryPath + "/state";

    /// <summary>Writes the container's specification where the program reads it.</summary>
    internal void WriteConfiguration() => File.WriteAllBytes(
        container.DirectoryPath + "/config.json", JsonSerializer.SerializeToUtf8Bytes(container.Spec, RuntimeJson.Default.RuntimeSpec));

    /// <summary>Runs a shell script in the bundle's directory; <c>$oci</c> is the program, <c>$id</c> the container.</summary>
    internal (int Code, string Output) Shell(string script)
    {
        Assert.SkipUnless(File.Exists(Path), "hull-oci was not built beside the tests.");
        ProcessStartInfo start = new("/bin/sh", ["-c", script])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = container.DirectoryPath,
        };
        start.Environment["oci"] = $"{Path} --root {StateDirectory}";
        start.Environment["id"] = container.Id.ToString();
        using var process = Process.Start(start);
        Task<string> errors = process!.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
