using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Hull.System.Tests;

/// <summary>Debian's registry on a loopback port of its own, with a directory of its own.</summary>
internal sealed class LocalRegistry : IDisposable
{
    private const string Program = "/usr/bin/docker-registry";
    private const int Attempts = 3;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly Process _process;

    private LocalRegistry(string directory, int port)
    {
        Port = port;
        string config = Path.Combine(directory, "config.yml");
        Directory.CreateDirectory(directory);
        File.WriteAllText(config, $$"""
            version: 0.1
            log: { level: error, accesslog: { disabled: true } }
            storage:
              filesystem: { rootdirectory: {{directory}}/data }
            http:
              addr: 127.0.0.1:{{port}}
            """);
        string script = $"exec {Program} serve {config} >{directory}/log 2>&1";
        _process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", script]))!;
    }

    internal int Port { get; }

    internal string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    internal static void Require() => Assert.SkipUnless(File.Exists(Program), "The package docker-registry is not installed.");

    /// <summary>Starts it and waits until it answers; another port is tried when somebody else was quicker.</summary>
    internal static LocalRegistry Start(string directory)
    {
        for (int attempt = 1; ; attempt++)
        {
            LocalRegistry registry = new(directory, FreePort());
            if (registry.Answers())
            {
                return registry;
            }

            registry.Dispose();
            Assert.True(attempt < Attempts, "The registry does not start.");
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Answers()
    {
        const int PauseMs = 20;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < s_patience && !_process.WaitForExit(PauseMs))
        {
            try
            {
                using TcpClient client = new();
                client.Connect(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }

        return false;
    }
}
