using System.Diagnostics;
using System.Globalization;
using Hull.Image.Tests;

namespace Hull.System.Tests;

/// <summary>Debian's registry on a loopback port of its own, with a directory of its own.</summary>
internal sealed class LocalRegistry : IDisposable
{
    private const string Program = "/usr/bin/docker-registry";

    private readonly Process _process;

    private LocalRegistry(string directory)
    {
        string config = Path.Combine(directory, "config.yml");
        Directory.CreateDirectory(directory);
        File.WriteAllText(config, $$"""
            version: 0.1
            log: { level: info, accesslog: { disabled: true } }
            storage:
              filesystem: { rootdirectory: {{directory}}/data }
            http:
              addr: 127.0.0.1:0
            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["serve", config]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    internal int Port { get; private set; }

    internal string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    internal static void Require() => Assert.SkipUnless(File.Exists(Program), "The package docker-registry is not installed.");

    /// <summary>Starts it and waits until it listens at a port that the kernel chose.</summary>
    internal static LocalRegistry Start(string directory)
    {
        LocalRegistry registry = new(directory);
        try
        {
            registry.Port = RegistryPort.AwaitAsync(registry._process).GetAwaiter().GetResult();
            return registry;
        }
        catch
        {
            registry.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
