using System.Diagnostics;
using System.Globalization;

namespace Hull.Image.Tests;

/// <summary>Debian's registry on a loopback port of its own, with a directory of its own.</summary>
internal sealed class RealRegistry : IDisposable
{
    internal const string Program = "/usr/bin/docker-registry";
    internal const string SkipReason = "The package docker-registry is not installed.";

    private readonly ScratchDirectory _scratch = new();
    private readonly Process _process;

    private RealRegistry(string auth, string tls)
    {
        string config = _scratch.Combine("config.yml");
        File.WriteAllText(config, $$"""
            version: 0.1
            log:
              level: info
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: {{_scratch.Combine("data")}}
              delete:
                enabled: true
            http:
              addr: 127.0.0.1:0
            {{tls}}
            {{auth}}
            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["serve", config])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
    }

    internal static bool IsInstalled => File.Exists(Program);

    internal int Port { get; private set; }

    internal string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Starts it and waits until it listens at a port that the kernel chose.</summary>
    /// <param name="auth">The <c>auth</c> section, unindented; empty for none.</param>
    /// <param name="tls">The <c>tls</c> section, indented below <c>http</c>; empty for none.</param>
    internal static async Task<RealRegistry> StartAsync(string auth = "", string tls = "")
    {
        RealRegistry registry = new(auth, tls);
        try
        {
            registry.Port = await RegistryPort.AwaitAsync(registry._process);
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
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _scratch.Dispose();
    }

    internal ImageReference Reference(string rest) => ImageReference.Parse($"{Host}/{rest}");
}
