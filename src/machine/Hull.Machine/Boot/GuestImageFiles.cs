using System.Globalization;

namespace Hull.Machine.Boot;

/// <summary>Writes the first file system of a guest that runs Hull's agent.</summary>
public static class GuestImageFiles
{
    /// <summary>Where the modules lie, named so that their order is the order to load them in.</summary>
    public const string ModuleDirectory = "modules";

    // Where devices are, the file system, the sockets; each brings what it needs.
    private static readonly string[] s_modules = ["virtio_mmio", "virtiofs", "vmw_vsock_virtio_transport"];
    private static readonly string[] s_diskModules = [.. s_modules, "virtio_blk"];

    /// <summary>Puts agent and modules into one archive.</summary>
    /// <param name="agent">The first program: a static executable.</param>
    /// <param name="modules">The kernel's modules.</param>
    /// <param name="hasDisk">Whether the machine has a disk.</param>
    /// <exception cref="HullException">A module is missing.</exception>
    public static byte[] Write(byte[] agent, KernelModules modules, bool hasDisk = false)
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(modules);
        using MemoryStream output = new(agent.Length + (1 << 20));
        using InitramfsWriter writer = new(output);
        foreach (string directory in (ReadOnlySpan<string>)["dev", "proc", "sys", "root", ModuleDirectory])
        {
            writer.AddDirectory(directory);
        }

        writer.AddCharacterDevice("dev/console", 5, 1);
        writer.AddCharacterDevice("dev/null", 1, 3);
        int number = 0;
        foreach ((string name, byte[] content) in modules.Resolve(hasDisk ? s_diskModules : s_modules))
        {
            writer.AddFile($"{ModuleDirectory}/{number++.ToString("00", CultureInfo.InvariantCulture)}-{name}.ko", content);
        }

        writer.AddFile("init", agent, 0x1ED);
        writer.Finish();
        return output.ToArray();
    }
}
