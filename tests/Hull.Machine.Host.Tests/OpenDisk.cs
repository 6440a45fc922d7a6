using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Disks;

namespace Hull.Machine.Host.Tests;

/// <summary>A disk opened as --disk opens it, closed at the end of a block.</summary>
internal sealed class OpenDisk : IDisposable
{
    private OpenDisk(IBlockStore store) => Store = store;

    internal IBlockStore Store { get; }

    public void Dispose() => (Store as IDisposable)?.Dispose();

    internal static OpenDisk At(string options)
    {
        using var chain = DiskChain.Open(DiskOptions.Parse(options));
        return new OpenDisk(chain.ToStore());
    }
}
