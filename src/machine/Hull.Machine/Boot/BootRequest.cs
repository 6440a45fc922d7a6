namespace Hull.Machine.Boot;

/// <summary>What a machine boots.</summary>
/// <remarks>All three come from users: their formats are checked before a byte reaches the guest.</remarks>
public sealed record BootRequest
{
    /// <summary>The kernel: a bzImage, or an ELF file with a PVH entry note.</summary>
    public required ReadOnlyMemory<byte> Kernel { get; init; }

    /// <summary>Leaves unpacking to the guest, which takes longer and gets KASLR; else a bzImage is unpacked for it where that is possible.</summary>
    public bool KeepPacked { get; init; }

    /// <summary>The first file system; empty for none.</summary>
    public ReadOnlyMemory<byte> Initramfs { get; init; }

    /// <summary>The kernel's command line.</summary>
    public string CommandLine { get; init; } = "";
}
