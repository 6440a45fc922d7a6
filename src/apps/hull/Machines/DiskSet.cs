using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Disks;

namespace Hull.Cli.Machines;

/// <summary>A machine's disks, closed together.</summary>
internal sealed class DiskSet : IDisposable
{
    private readonly List<IBlockStore> _stores = [];

    internal DiskSet(IReadOnlyList<string> disks)
    {
        try
        {
            foreach (string disk in disks)
            {
                using var chain = DiskChain.Open(DiskOptions.Parse(disk));
                _stores.Add(chain.ToStore());
                Devices.Add(new BlockDevice(_stores[^1], $"hull-disk-{_stores.Count}"));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal List<IVirtioDevice> Devices { get; } = [];

    public void Dispose() => _stores.ForEach(store => (store as IDisposable)?.Dispose());
}
