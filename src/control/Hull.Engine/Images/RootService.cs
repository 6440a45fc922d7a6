using Hull.Image;
using Hull.Runtime;
using Hull.Snapshot;

namespace Hull.Engine.Images;

/// <summary>Unpacked layers, and the writable roots of containers on top of them, by container identifier.</summary>
internal sealed class RootService
{
    private readonly Lazy<Snapshots> _snapshots;

    internal RootService(EngineOptions options) => _snapshots = new Lazy<Snapshots>(() => new Snapshots(options.Paths.Snapshots));

    internal Snapshots Snapshots => _snapshots.Value;

    internal Task<Digest?> UnpackAsync(LocalImage image, ContentStore content, CancellationToken cancellation) =>
        Snapshots.UnpackAsync(image, content, null, cancellation);

    internal RootFilesystem Prepare(string id, Digest? chainId) => Snapshots.Prepare(ContainerId.Parse(id), chainId);

    internal RootFilesystem Get(string id) => Snapshots.Get(ContainerId.Parse(id));

    /// <summary>The disks of a container's root, the image's made; the container's own is made by whoever knows the format.</summary>
    internal RootDisk MakeDisk(string id)
    {
        var key = ContainerId.Parse(id);
        return new RootDisk(Snapshots.MakeBlockImage(key), Snapshots.DiskOf(key));
    }

    internal void Remove(string id) => Snapshots.Remove(ContainerId.Parse(id));
}
