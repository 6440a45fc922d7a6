using System.Diagnostics;

namespace Hull.System.Tests;

/// <summary>A Debian image with two inits, and the host that made it.</summary>
public sealed class SystemImage : IDisposable
{
    public const string Name = "system:bookworm";

    private const string Builder = "/usr/bin/mmdebstrap";
    private const int TimeoutMs = 600_000;

    private static readonly bool s_canMake = HullHost.CanRun && File.Exists(Builder);

    public SystemImage() => Digest = s_canMake ? Bootstrap() : "";

    public HullHost Hull { get; } = new();

    /// <summary>What the first build printed.</summary>
    public string Digest { get; }

    /// <summary>Skips the calling test where the image cannot be made.</summary>
    public void Require() => Assert.SkipUnless(Digest.Length > 0, $"Needs root and {Builder}: the image is made of Debian's packages.");

    /// <summary>Makes the image, from packages fetched anew.</summary>
    public string Bootstrap()
    {
        using Process process = Hull.Start("image", "bootstrap", Name, "--include", "systemd,dbus,sysvinit-core,sysv-rc,initscripts,procps");
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(TimeoutMs), "The image was not made in time.");
        Assert.True(process.ExitCode == 0, error.GetAwaiter().GetResult());
        return output.Trim();
    }

    public void Dispose() => Hull.Dispose();
}
