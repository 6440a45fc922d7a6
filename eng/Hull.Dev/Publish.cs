namespace Hull.Dev;

/// <summary>Publishes the installed programs with Native AOT, side by side in one directory.</summary>
internal static class Publish
{
    private static readonly string[] s_frameworks = ["net10.0", "net9.0"];

    /// <summary>Publishes every program whose sources changed since the last time.</summary>
    internal static async Task RunAsync()
    {
        string framework = await FrameworkAsync();
        Directory.CreateDirectory(House.Programs);
        foreach (string project in Directory.EnumerateDirectories(Path.Combine(House.Root, "src/apps")).Order())
        {
            await OneAsync(Path.GetFileName(project), framework);
        }
    }

    private static async Task OneAsync(string program, string framework)
    {
        Console.WriteLine($"dev: Publishing {program} ({framework}, native).");
        (int status, string output) = await Shell.CaptureAsync(
            "dotnet", ["publish", $"src/apps/{program}", "-c", "Release", "-v", "quiet", "-clp:NoSummary", .. Properties(framework)]);
        if (status != 0)
        {
            throw new DevException($"{program} could not be published:\n{output}");
        }

        foreach (string file in Directory.EnumerateFiles(Path.Combine(Aot, "publish", program, "release_linux-x64")))
        {
            string extension = Path.GetExtension(file);
            if (extension is "" or ".so")
            {
                Replace(file, Path.Combine(House.Programs, Path.GetFileName(file)));
            }
        }
    }

    // The .NET 10 compiler package cannot be restored everywhere: take the newest framework whose package can.
    private static async Task<string> FrameworkAsync()
    {
        string remembered = Path.Combine(Aot, "framework");
        if (File.Exists(remembered))
        {
            return await File.ReadAllTextAsync(remembered);
        }

        foreach (string framework in s_frameworks)
        {
            (int status, _) = await Shell.CaptureAsync(
                "dotnet", ["restore", "src/apps/hull-oci", "-v", "quiet", .. Properties(framework)]);
            if (status == 0)
            {
                Directory.CreateDirectory(Aot);
                await File.WriteAllTextAsync(remembered, framework);
                return framework;
            }
        }

        throw new DevException($"No Native AOT compiler package can be restored ({string.Join(", ", s_frameworks)}).");
    }

    // A running program cannot be written, but its name can be given to another file.
    private static void Replace(string source, string target)
    {
        string staged = target + ".new";
        File.Copy(source, staged, overwrite: true);
        File.Move(staged, target, overwrite: true);
    }

    private static string Aot => Path.Combine(House.Artifacts, "aot");

    private static string[] Properties(string framework) =>
        [$"-p:HullFramework={framework}", "-p:HullAot=true", $"-p:ArtifactsPath={Aot}"];
}
