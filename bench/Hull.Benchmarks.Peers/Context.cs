using System.Diagnostics;
using System.Text.Json;
using Hull.Oci.Runtime;

namespace Hull.Benchmarks.Peers;

/// <summary>What the cases share: Hull's programs, the peers that are installed, a scratch directory.</summary>
internal sealed class Context(string programs, string scratch)
{
    private const string Busybox = "/bin/busybox";

    /// <summary>The OCI runtimes to compare, Hull's first; a peer that is not installed is left out and named.</summary>
    internal IReadOnlyList<string> Runtimes { get; } =
        [Path.Combine(programs, "hull-oci"), .. Installed(Environment.GetEnvironmentVariable("CRUN") ?? "/usr/bin/crun", Environment.GetEnvironmentVariable("RUNC") ?? "/usr/sbin/runc")];

    /// <summary>Hull's command line.</summary>
    internal string Hull { get; } = Path.Combine(programs, "hull");

    /// <summary>A directory that is removed at the end.</summary>
    internal string Scratch { get; } = scratch;

    /// <summary>Makes a bundle whose root holds a static <c>true</c>.</summary>
    internal string MakeBundle(string name, Action<RuntimeSpec>? change = null)
    {
        string bundle = Path.Combine(Scratch, name);
        string root = Path.Combine(bundle, "rootfs");
        foreach (string directory in (string[])["bin", "proc", "sys", "dev", "etc"])
        {
            Directory.CreateDirectory(Path.Combine(root, directory));
        }

        File.Copy(Busybox, Path.Combine(root, "bin/true"), overwrite: true);
        File.Copy(Busybox, Path.Combine(root, "bin/sleep"), overwrite: true);
        RuntimeSpec spec = TrueSpec.Create();
        change?.Invoke(spec);
        File.WriteAllText(Path.Combine(bundle, "config.json"), JsonSerializer.Serialize(spec, RuntimeJson.Default.RuntimeSpec));
        return bundle;
    }

    /// <summary>Makes a tar archive of a tiny root, as every engine can import.</summary>
    internal string MakeRootArchive()
    {
        string bundle = MakeBundle("root");
        string archive = Path.Combine(Scratch, "root.tar");
        Succeed("tar", "-C", Path.Combine(bundle, "rootfs"), "-cf", archive, ".");
        return archive;
    }

    /// <summary>Runs a program of the preparation; throws when it fails.</summary>
    internal static string Succeed(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException(program);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output.Trim()
            : throw new InvalidOperationException($"'{program} {string.Join(' ', arguments)}' ended with {process.ExitCode}.");
    }

    private static IEnumerable<string> Installed(params string[] peers)
    {
        foreach (string peer in peers)
        {
            if (File.Exists(peer))
            {
                yield return peer;
            }
            else
            {
                Console.WriteLine($"(no {peer}: left out)");
            }
        }
    }
}
