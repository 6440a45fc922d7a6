using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Disks;
using Hull.Machine.Host.Service;
using Microsoft.Win32.SafeHandles;

namespace Hull.MachineProcess.User;

/// <summary>A machine's disks over files it was handed; they outlive a reset.</summary>
internal sealed class DiskStores : IDisposable
{
    private readonly List<IBlockStore> _stores = [];

    /// <summary>Takes the files over.</summary>
    /// <exception cref="HullException">An image is damaged.</exception>
    internal DiskStores(IReadOnlyList<DiskOrder> disks)
    {
        foreach (DiskOrder disk in disks)
        {
            using var chain = DiskChain.FromLayers(
                disk.Layers.Select(layer => new DiskLayer(layer.Name, layer.Format, new SafeFileHandle(layer.Descriptor, ownsHandle: true))),
                disk.IsReadOnly);
            _stores.Add(chain.ToStore());
        }
    }

    /// <summary>New devices over the same disks.</summary>
    internal IEnumerable<IVirtioDevice> MakeDevices() =>
        _stores.Select((store, i) => new BlockDevice(store, $"hull-disk-{i + 1}"));

    /// <summary>Makes everything durable; only while the guest stands still.</summary>
    /// <exception cref="HullException">The host failed.</exception>
    internal void Flush()
    {
        if (!_stores.All(store => store.IsReadOnly || store.TryFlush()))
        {
            throw new HullException(ErrorKind.Internal, "A disk of the machine cannot be flushed.");
        }
    }

    public void Dispose() => _stores.ForEach(store => (store as IDisposable)?.Dispose());
}
