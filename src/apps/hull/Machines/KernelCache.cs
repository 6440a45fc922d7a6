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

    private readonly string _directory = Path.Combine(root, "kernels");

    /// <summary>The newest kernel in the cache, verified; null when it is empty.</summary>
    /// <exception cref="HullException">It was changed since it was unpacked.</exception>
    internal string? Find()
    {
        if (!Directory.Exists(_directory))
        {
            return null;
        }

        string? newest = Directory.EnumerateFiles(_directory, KernelPrefix + "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith(DigestSuffix, StringComparison.Ordinal) && File.Exists(path + DigestSuffix))
            .MaxBy(File.GetLastWriteTimeUtc);
        if (newest is not null && File.ReadAllText(newest + DigestSuffix) != DigestOf(newest))
        {
            throw new HullException(
                ErrorKind.DataLoss, $"The kernel '{newest}' was changed since it was unpacked; pull it again.");
        }

        return newest;
    }

    /// <summary>Downloads the current kernel package and unpacks it.</summary>
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
        string staged = target + ".new";
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
        DirectorySync.Flush(_directory);
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
