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
    /// <returns>The kernel's path.</returns>
    /// <exception cref="HullException">The host has no apt, or its sources have no such package.</exception>
    internal string Pull()
    {
        Directory.CreateDirectory(_directory);
        string staging = Directory.CreateTempSubdirectory("hull-kernel-").FullName;
        try
        {
            string package = RealPackage();
            Run("apt-get", staging, "download", "-q", package);
            string file = Directory.EnumerateFiles(staging, "*.deb").Single();
            string unpacked = Path.Combine(staging, "tree");
            Run("dpkg-deb", staging, "-x", file, unpacked);
            string kernel = Directory.EnumerateFiles(Path.Combine(unpacked, "boot"), KernelPrefix + "*").Single();
            File.WriteAllText(kernel + DigestSuffix, DigestOf(kernel));
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
    private static string RealPackage()
    {
        foreach (string line in Run("apt-cache", "/", "depends", Package).Split('\n'))
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
