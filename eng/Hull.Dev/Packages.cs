namespace Hull.Dev;

/// <summary>Installs the Debian packages of <c>eng/packages.txt</c> that are missing.</summary>
internal static class Packages
{
    private const string Installed = "install ok installed";

    // Somebody else may be installing right now, such as unattended upgrades.
    private const string LockTimeout = "DPkg::Lock::Timeout=600";

    /// <summary>Makes sure that every package of some groups is installed.</summary>
    internal static async Task EnsureAsync(params string[] groups)
    {
        string[] wanted = [.. groups.SelectMany(Read).Distinct()];
        List<string> missing = [];
        foreach (string package in wanted)
        {
            (int status, string output) = await Shell.CaptureAsync("dpkg-query", "-W", "-f", "${Status}", package);
            if (status != 0 || !output.Contains(Installed, StringComparison.Ordinal))
            {
                missing.Add(package);
            }
        }

        if (missing.Count > 0)
        {
            await InstallAsync(missing);
        }
    }

    private static async Task InstallAsync(List<string> missing)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            throw new DevException($"These Debian packages are missing; install them or run as root: {string.Join(' ', missing)}.");
        }

        Console.WriteLine($"dev: Installing {string.Join(' ', missing)}.");
        Environment.SetEnvironmentVariable("DEBIAN_FRONTEND", "noninteractive");
        await QuietlyAsync("update", "-q", "-o", LockTimeout);
        await QuietlyAsync(["install", "-q", "-y", "-o", LockTimeout, "--no-install-recommends", .. missing]);
    }

    private static async Task QuietlyAsync(params string[] arguments)
    {
        (int status, string output) = await Shell.CaptureAsync("apt-get", arguments);
        if (status != 0)
        {
            throw new DevException($"'apt-get {string.Join(' ', arguments)}' failed:\n{output}");
        }
    }

    private static string[] Read(string group)
    {
        string? line = File.ReadLines(Path.Combine(House.Root, "eng/packages.txt"))
            .FirstOrDefault(each => each.StartsWith(group + ":", StringComparison.Ordinal));
        return line is null
            ? throw new DevException($"eng/packages.txt has no group '{group}'.")
            : line[(group.Length + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }
}
