using System.Diagnostics;
using System.Security.Cryptography;
using Hull.Linux;

namespace Hull.Cli.Machines;

/// <summary>Guest kernels from the host's Debian package sources, kept below Hull's root.</summary>
/// <remarks>
/// apt checks the package against its signed index; what was unpacked is checked against the digest written then every
/// time it is used. No source is named here: the host's apt configuration decides.
/// </remarks>
internal sealed class KernelCache(string root)
{
    private const string Package = "linux-image-cloud-amd64";
    private const string KernelPrefix = "vmlinuz-";
    private const string DigestSuffix = ".sha256";
    private const string StagedSuffix = ".new";
    private const string SuiteName = "suite";

    private readonly string _directory = Path.Combine(root, "kernels");

    // One command asks more than once, and a kernel is not read in no time.
    private string? _verified;

    private string ChosenFile => Path.Combine(_directory, "chosen");

    /// <summary>Every kernel in the cache, the newest first.</summary>
    internal IReadOnlyList<PulledKernel> List()
    {
        if (!Directory.Exists(_directory))
        {
            return [];
        }

        string? chosen = File.Exists(ChosenFile) ? File.ReadAllText(ChosenFile) : null;
        List<PulledKernel> kernels = [];
        foreach (string tree in Directory.EnumerateDirectories(_directory).Where(path => !path.EndsWith(StagedSuffix, StringComparison.Ordinal)))
        {
            string? path = Directory.Exists(Path.Combine(tree, "boot"))
                ? Directory.EnumerateFiles(Path.Combine(tree, "boot"), KernelPrefix + "*").FirstOrDefault(file => File.Exists(file + DigestSuffix))
                : null;
            if (path is not null)
            {
                string suite = Path.Combine(tree, SuiteName);
                kernels.Add(new PulledKernel(
                    Path.GetFileName(path)[KernelPrefix.Length..],
                    File.Exists(suite) ? File.ReadAllText(suite) : "",
                    path,
                    Path.GetFileName(tree) == chosen));
            }
        }

        return [.. kernels.OrderByDescending(kernel => File.GetLastWriteTimeUtc(kernel.Path)).ThenBy(kernel => kernel.Version, StringComparer.Ordinal)];
    }

    /// <summary>Finds a kernel in the cache and verifies it.</summary>
    /// <param name="name">Its version or its suite; null for the one that was chosen last, by a pull or by <see cref="Choose"/>.</param>
    /// <returns>Its path; null when nothing was pulled and none is named.</returns>
    /// <exception cref="HullException">It is not there, or was changed since it was unpacked.</exception>
    internal string? Find(string? name = null)
    {
        IReadOnlyList<PulledKernel> kernels = List();
        PulledKernel? found = name is not null ? Named(kernels, name)
            : kernels.FirstOrDefault(kernel => kernel.IsChosen) ?? (kernels.Count > 0 ? kernels[0] : null);
        if (found is not null && found.Path != _verified && File.ReadAllText(found.Path + DigestSuffix) != DigestOf(found.Path))
        {
            throw new HullException(
                ErrorKind.DataLoss, $"The kernel '{found.Path}' was changed since it was unpacked; pull it again.");
        }

        _verified = found?.Path;
        return found?.Path;
    }

    /// <summary>Makes a kernel the one that is used when none is named.</summary>
    /// <exception cref="HullException">It is not in the cache.</exception>
    internal void Choose(string name) => WriteChosen(TreeOf(Named(List(), name)));

    /// <summary>Removes a kernel; machines that run on it go on.</summary>
    /// <exception cref="HullException">It is not in the cache.</exception>
    internal void Remove(string name)
    {
        string tree = Path.Combine(_directory, TreeOf(Named(List(), name)));
        Directory.Move(tree, tree + StagedSuffix);
        Directory.Delete(tree + StagedSuffix, recursive: true);
    }

    private static PulledKernel Named(IReadOnlyList<PulledKernel> kernels, string name) =>
        kernels.FirstOrDefault(kernel => kernel.Version == name || kernel.Suite == name)
            ?? throw new HullException(
                ErrorKind.NotFound,
                kernels.Count == 0
                    ? $"There is no kernel '{name}': run 'hull vm kernel pull {name}'."
                    : $"There is no kernel '{name}', only {string.Join(", ", kernels.Select(one => one.Version))}; 'hull vm kernel pull' takes a suite of Debian.");

    private static string TreeOf(PulledKernel kernel) =>
        Path.GetFileName(Path.GetDirectoryName(Path.GetDirectoryName(kernel.Path))) ?? "";

    private void WriteChosen(string tree)
    {
        string staged = ChosenFile + StagedSuffix;
        File.WriteAllText(staged, tree);
        File.Move(staged, ChosenFile, overwrite: true);
        DirectorySync.Flush(_directory);
    }

    /// <summary>Downloads the current kernel package, unpacks it and chooses it.</summary>
    /// <param name="suite">Debian's suite, by its name; null for the host's own.</param>
    /// <returns>The kernel's path.</returns>
    /// <exception cref="HullException">The host has no apt, or its sources have no such package.</exception>
    internal string Pull(string? suite = null)
    {
        Directory.CreateDirectory(_directory);
        string staging = Directory.CreateTempSubdirectory("hull-kernel-").FullName;
        try
        {
            string[] options = suite is null ? [] : PrepareSuite(staging, suite);
            string package = RealPackage(options);
            Run("apt-get", staging, [.. options, "download", "-q", package]);
            string file = Directory.EnumerateFiles(staging, "*.deb").Single();
            string unpacked = Path.Combine(staging, "tree");
            Run("dpkg-deb", staging, "-x", file, unpacked);
            string kernel = Directory.EnumerateFiles(Path.Combine(unpacked, "boot"), KernelPrefix + "*").Single();
            File.WriteAllText(kernel + DigestSuffix, DigestOf(kernel));
            File.WriteAllText(Path.Combine(unpacked, SuiteName), suite ?? HostSuite());
            if (!Path.Exists(Path.Combine(unpacked, "lib")))
            {
                // Debian 13 has its modules below /usr/lib, where /lib leads on an installed system.
                File.CreateSymbolicLink(Path.Combine(unpacked, "lib"), "usr/lib");
            }

            return Install(unpacked, package, Path.GetFileName(kernel));
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    private string Install(string unpacked, string package, string kernel)
    {
        string target = Path.Combine(_directory, package);
        string staged = target + StagedSuffix;
        if (Directory.Exists(staged))
        {
            Directory.Delete(staged, recursive: true);
        }

        // The temporary directory may be on another file system, and a rename must be inside one.
        Run("cp", _directory, "-a", unpacked, staged);
        if (Directory.Exists(target))
        {
            Directory.Delete(target, recursive: true);
        }

        Directory.Move(staged, target);
        WriteChosen(package);
        return Path.Combine(target, "boot", kernel);
    }

    // The package that everybody names only depends on the one with the current version.
    private static string RealPackage(string[] options)
    {
        foreach (string line in Run("apt-cache", "/", [.. options, "depends", Package]).Split('\n'))
        {
            string trimmed = line.Trim();
            const string Depends = "Depends: linux-image-";
            if (trimmed.StartsWith(Depends, StringComparison.Ordinal))
            {
                return trimmed["Depends: ".Length..];
            }
        }

        throw new HullException(
            ErrorKind.NotFound, $"The host's package sources have no '{Package}'; run 'apt-get update' or give --kernel.");
    }

    // Lists and cache of another suite, beside the host's own, from where the host takes its Debian and with Debian's keys.
    private static string[] PrepareSuite(string staging, string suite)
    {
        const string Keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
        if (!suite.All(letter => char.IsAsciiLetterLower(letter) || letter == '-'))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{suite}' is not the name of a Debian suite, such as trixie.");
        }

        string archive = Run("apt-get", "/", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages").Split('\n')
            .FirstOrDefault(line => line.TrimEnd('/').EndsWith("/debian", StringComparison.Ordinal))
            ?? throw new HullException(ErrorKind.FailedPrecondition, "The host's package sources name no Debian archive; give --kernel instead.");
        Directory.CreateDirectory(Path.Combine(staging, "state/lists/partial"));
        Directory.CreateDirectory(Path.Combine(staging, "cache/archives/partial"));
        string sources = Path.Combine(staging, "sources.list");
        File.WriteAllText(sources, $"deb [signed-by={Keys}] {archive} {suite} main\n");
        string[] options =
        [
            "-o", $"Dir::State={staging}/state", "-o", $"Dir::Cache={staging}/cache",
            "-o", $"Dir::Etc::sourcelist={sources}", "-o", "Dir::Etc::sourceparts=-",
        ];
        Run("apt-get", staging, [.. options, "update", "-q"]);
        return options;
    }

    // How os-release(5) names the host's suite; empty where it does not.
    private static string HostSuite()
    {
        const string File = "/etc/os-release";
        const string Key = "VERSION_CODENAME=";
        return System.IO.File.Exists(File)
            ? System.IO.File.ReadLines(File).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal))?[Key.Length..].Trim('"') ?? ""
            : "";
    }

    private static string DigestOf(string path)
    {
        using FileStream file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static string Run(string program, string directory, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using Process process = Process.Start(start)
                ?? throw new HullException(ErrorKind.Internal, $"'{program}' did not start.");
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0
                ? output
                : throw new HullException(
                    ErrorKind.Unavailable, $"'{program}' failed: {errors.GetAwaiter().GetResult().Trim()}");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"This needs '{program}', which the host does not have.", error);
        }
    }
}
