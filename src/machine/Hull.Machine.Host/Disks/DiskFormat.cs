namespace Hull.Machine.Host.Disks;

/// <summary>How a file holds a disk.</summary>
public enum DiskFormat
{
    /// <summary>Byte for byte.</summary>
    Raw,

    /// <summary>QEMU's copy-on-write format, versions 2 and 3.</summary>
    Qcow2,
}
