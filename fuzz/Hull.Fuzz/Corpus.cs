using System.Security.Cryptography;

namespace Hull.Fuzz;

/// <summary>Inputs that reached something new in earlier runs, one file each, in a directory a target.</summary>
/// <param name="directory">Where; null keeps nothing.</param>
/// <param name="target">The target's name.</param>
internal sealed class Corpus(string? directory, string target)
{
    private readonly string? _directory = directory is null ? null : Path.Combine(directory, target);

    /// <summary>What is there.</summary>
    internal IEnumerable<byte[]> Load() =>
        _directory is null || !Directory.Exists(_directory) ? [] : Directory.EnumerateFiles(_directory).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    /// <summary>Adds one.</summary>
    internal void Keep(byte[] input)
    {
        if (_directory is not null)
        {
            Directory.CreateDirectory(_directory);
            File.WriteAllBytes(Path.Combine(_directory, Convert.ToHexStringLower(SHA256.HashData(input))[..20]), input);
        }
    }
}
