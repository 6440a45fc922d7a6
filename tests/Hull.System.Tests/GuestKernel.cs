namespace Hull.System.Tests;

/// <summary>Finds a Debian cloud kernel on this machine: where HULL_TEST_KERNEL says, or among the pulled ones.</summary>
internal static class GuestKernel
{
    private const string Variable = "HULL_TEST_KERNEL";
    private const string Cache = "/var/lib/hull/kernels";

    internal static string Require()
    {
        string? path = Environment.GetEnvironmentVariable(Variable);
        if (path is null && Directory.Exists(Cache))
        {
            path = Directory.EnumerateFiles(Cache, "vmlinuz-*", SearchOption.AllDirectories)
                .FirstOrDefault(file => !file.EndsWith(".sha256", StringComparison.Ordinal));
        }

        Assert.SkipUnless(
            path is not null && File.Exists(path), $"No guest kernel: run 'hull vm kernel pull' or set {Variable}.");
        return path!;
    }

    /// <summary>The modules that came with the kernel, when they lie beside it as in its package.</summary>
    internal static string? ModulesOf(string kernel)
    {
        string root = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(kernel)!, "..", "lib", "modules"));
        return Directory.Exists(root) ? Directory.EnumerateDirectories(root).FirstOrDefault() : null;
    }
}
