using Hull.Image;
using Hull.Snapshot.Layers;

namespace Hull.Engine.Images;

/// <summary>Unpacked layers, and the writable roots of containers on top of them.</summary>
internal sealed class RootService(EngineOptions options)
{
    internal async Task UnpackAsync(LocalImage image, ImageStore store, CancellationToken cancellation)
    {
        foreach (ImageLayer layer in image.Layers)
        {
            if (!Directory.Exists(LayerPath(layer)))
            {
                using Stream packed = store.Content.Open(layer.Descriptor.Digest);
                await UnpackAsync(layer, packed, cancellation);
            }
        }
    }

    /// <summary>Unpacks one layer, from the store or while it arrives, unless another process was quicker.</summary>
    internal async Task UnpackAsync(ImageLayer layer, Stream packed, CancellationToken cancellation)
    {
        string target = LayerPath(layer);
        string staged = $"{target}.{Guid.NewGuid():N}";
        Directory.CreateDirectory(staged);
        try
        {
            await LayerUnpacker.UnpackAsync(packed, staged, new UnpackOptions { DiffId = layer.DiffId }, cancellation);
            if (!Directory.Exists(target))
            {
                Directory.Move(staged, target);
                return;
            }
        }
        catch
        {
            HostTree.Delete(staged);
            throw;
        }

        HostTree.Delete(staged);
    }

    internal RootFilesystem Prepare(string id, LocalImage image)
    {
        string root = RootPath(id);
        Directory.CreateDirectory(Path.Combine(root, "mnt"));
        Directory.CreateDirectory(Path.Combine(root, "upper"));
        Directory.CreateDirectory(Path.Combine(root, "work"));
        File.WriteAllLines(Path.Combine(root, "lower"), image.Layers.Select(LayerPath).Reverse());
        return Get(id);
    }

    internal RootFilesystem Get(string id)
    {
        string root = RootPath(id);
        return new RootFilesystem
        {
            Path = Path.Combine(root, "mnt"),
            Lower = File.ReadAllLines(Path.Combine(root, "lower")),
            Upper = Path.Combine(root, "upper"),
            Work = Path.Combine(root, "work"),
        };
    }

    internal void Remove(string id)
    {
        if (Directory.Exists(RootPath(id)))
        {
            HostTree.Delete(RootPath(id));
        }
    }

    private string RootPath(string id) => Path.Combine(options.Paths.Snapshots, "roots", id);

    private string LayerPath(ImageLayer layer) => Path.Combine(options.Paths.Snapshots, "layers", layer.DiffId.Hex);
}
