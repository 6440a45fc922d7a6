namespace Hull.System.Tests;

/// <summary>Finds a Debian cloud kernel on this machine: where HULL_TEST_KERNEL says, or among the pulled ones.</summary>
internal static class GuestKernel
{
    /// <summary>Names the kernel of Debian 12.</summary>
    internal const string Variable = "HULL_TEST_KERNEL";

    /// <summary>Names the kernel of Debian 13.</summary>
    internal const string TrixieVariable = "HULL_TEST_KERNEL_TRIXIE";

    private const string Cache = "/var/lib/hull/kernels";

    internal static string Require(string variable = Variable)
    {
        string? path = Environment.GetEnvironmentVariable(variable);
        if (path is null && Directory.Exists(Cache))
        {
            path = Directory.EnumerateFiles(Cache, "vmlinuz-*", SearchOption.AllDirectories).FirstOrDefault(file =>
                !file.EndsWith(".sha256", StringComparison.Ordinal)
                && file.Contains("deb13", StringComparison.Ordinal) == (variable == TrixieVariable));
        }

        Assert.SkipUnless(
            path is not null && File.Exists(path), $"No guest kernel: run 'hull vm kernel pull' (or 'pull trixie') or set {variable}.");
        return path!;
    }

    /// <summary>The modules that came with the kernel, when they lie beside it as in its package.</summary>
    internal static string? ModulesOf(string kernel)
    {
        string tree = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(kernel)!, ".."));
        return new[] { Path.Combine(tree, "lib", "modules"), Path.Combine(tree, "usr", "lib", "modules") }
            .Where(Directory.Exists).SelectMany(Directory.EnumerateDirectories).FirstOrDefault();
    }
}
