namespace Hull.Dev;

/// <summary><c>./dev install [--prefix DIR]</c>: the native programs under a prefix, <c>/usr/local</c> by default.</summary>
internal static class InstallCommand
{
    private const string DefaultPrefix = "/usr/local";

    internal static async Task RunAsync(string[] arguments)
    {
        string prefix = arguments switch
        {
            [] => DefaultPrefix,
            ["--prefix", string directory] => Path.GetFullPath(directory),
            _ => throw new DevException("Usage: ./dev install [--prefix DIR]"),
        };

        await Packages.EnsureAsync("build", "run");
        await Publish.RunAsync();
        Install(prefix);
        Console.WriteLine($"dev: Installed under {prefix}; 'hull' is {prefix}/bin/hull.");
    }

    /// <summary>Puts the published programs into <c>lib/hull</c> and names the commands in <c>bin</c>.</summary>
    internal static void Install(string prefix)
    {
        string library = Path.Combine(prefix, "lib/hull");
        string binaries = Path.Combine(prefix, "bin");
        Directory.CreateDirectory(library);
        Directory.CreateDirectory(binaries);
        foreach (string file in Directory.EnumerateFiles(House.Programs))
        {
            string target = Path.Combine(library, Path.GetFileName(file));
            File.Copy(file, target + ".new", overwrite: true);
            File.Move(target + ".new", target, overwrite: true);
        }

        foreach (string command in (string[])["hull", "hull-oci"])
        {
            string link = Path.Combine(binaries, command);
            File.Delete(link);
            File.CreateSymbolicLink(link, Path.Combine(library, command));
        }
    }
}
