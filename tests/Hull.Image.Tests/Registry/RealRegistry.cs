using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Hull.Image.Tests;

/// <summary>Debian's registry on a loopback port of its own, with a directory of its own.</summary>
internal sealed class RealRegistry : IDisposable
{
    internal const string Program = "/usr/bin/docker-registry";
    internal const string SkipReason = "The package docker-registry is not installed.";

    private readonly ScratchDirectory _scratch = new();
    private readonly Process _process;

    private RealRegistry(int port, string auth, string tls)
    {
        Port = port;
        string config = _scratch.Combine("config.yml");
        File.WriteAllText(config, $$"""
            version: 0.1
            log:
              level: error
              accesslog:
                disabled: true
            storage:
              filesystem:
                rootdirectory: {{_scratch.Combine("data")}}
              delete:
                enabled: true
            http:
              addr: 127.0.0.1:{{port}}
            {{tls}}
            {{auth}}
            """);
        _process = Process.Start(new ProcessStartInfo(Program, ["serve", config])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
    }

    internal static bool IsInstalled => File.Exists(Program);

    internal int Port { get; }

    internal string Host => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>Starts it and waits until it answers; another port is tried when somebody else was quicker.</summary>
    /// <param name="auth">The <c>auth</c> section, unindented; empty for none.</param>
    /// <param name="tls">The <c>tls</c> section, indented below <c>http</c>; empty for none.</param>
    internal static async Task<RealRegistry> StartAsync(string auth = "", string tls = "")
    {
        for (int attempt = 0; ; attempt++)
        {
            RealRegistry registry = new(FreePort(), auth, tls);
            if (await registry.AnswersAsync())
            {
                return registry;
            }

            registry.Dispose();
            Assert.True(attempt < 3, "The registry does not start.");
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

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    // A connection is enough: whether the answer is 200, 401 or a TLS alert does not matter here.
    private async Task<bool> AnswersAsync()
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(20));
        for (int i = 0; i < 500 && !_process.HasExited; i++)
        {
            try
            {
                using TcpClient client = new();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return true;
            }
            catch (SocketException)
            {
                await timer.WaitForNextTickAsync();
            }
        }

        return false;
    }
}
