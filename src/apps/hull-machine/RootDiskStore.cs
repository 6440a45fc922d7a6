using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Disks;
using Hull.Runtime;
using Hull.Runtime.MicroVm;
using Microsoft.Win32.SafeHandles;

namespace Hull.MachineProcess;

/// <summary>The disk that a container's root is on, over the files that were handed over.</summary>
internal sealed class RootDiskStore : IDisposable
{
    private readonly IBlockStore _store;

    /// <summary>Takes the files over.</summary>
    /// <exception cref="HullException">The container's own is damaged.</exception>
    internal RootDiskStore(RootDisk disk, bool hasKvm)
    {
        int number = MachineDescriptors.FirstDiskFile(hasKvm);
        using var chain = DiskChain.FromLayers(
            [
                new DiskLayer(disk.Overlay, DiskFormat.Qcow2, new SafeFileHandle(number, ownsHandle: true)),
                new DiskLayer(disk.Base, DiskFormat.Raw, new SafeFileHandle(number + 1, ownsHandle: true)),
            ],
            isReadOnly: false);
        _store = chain.ToStore();
    }

    internal IVirtioDevice Device => new BlockDevice(_store, "hull-root");

    public void Dispose() => (_store as IDisposable)?.Dispose();
}
