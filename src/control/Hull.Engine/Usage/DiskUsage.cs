using Hull.Engine.Containers;
using Hull.Engine.State;
using Hull.Image;

namespace Hull.Engine.Usage;

/// <summary>What Hull keeps, with the bytes of each thing, at one moment; every tree is walked once.</summary>
public sealed record DiskUsage
{
    /// <summary>Images by name, with the bytes of their unpacked files and how many containers are made of each.</summary>
    public required IReadOnlyList<(ImageEntry Image, long Bytes, int Containers)> Images { get; init; }

    /// <summary>Containers, with the bytes of their own files.</summary>
    public required IReadOnlyList<(ContainerView Container, long Bytes)> Containers { get; init; }

    /// <summary>Volumes, with their bytes and how many containers use each.</summary>
    public required IReadOnlyList<(VolumeRow Volume, long Bytes, int Users)> Volumes { get; init; }

    /// <summary>One line for each kind.</summary>
    public required IReadOnlyList<UsageSum> Sums { get; init; }

    internal static DiskUsage Of(HullEngine engine)
    {
        IReadOnlyList<ContainerView> views = engine.Containers.List();
        Dictionary<string, int> uses = views.GroupBy(view => view.Row.ImageId).ToDictionary(group => group.Key, group => group.Count());
        List<(ImageEntry Image, long Bytes, int Containers)> images =
        [
            .. engine.Images.Store.List().Select(entry => (entry, engine.Images.SizeOf(entry), uses.GetValueOrDefault(entry.Id.ToString()))),
        ];
        List<(ContainerView Container, long Bytes)> containers = [.. views.Select(view => (view, engine.Containers.OwnBytes(view)))];
        List<(VolumeRow Volume, long Bytes, int Users)> volumes =
        [
            .. engine.Volumes.List().Select(volume => (volume, engine.Volumes.SizeOf(volume.Name), engine.Volumes.UsersOf(volume.Name).Count)),
        ];
        StoreUsage content = engine.Images.Store.Content.Usage();
        long unpacked = engine.Images.UnpackedBytes();
        (long unusedLayers, long unusedContent) = engine.Images.ReclaimableBytes([.. images.Where(one => one.Containers > 0).Select(one => one.Image)]);
        return new DiskUsage
        {
            Images = images,
            Containers = containers,
            Volumes = volumes,
            Sums =
            [
                // Layers that images share are counted once, and are not reclaimable while one image of a container has them.
                new("Images", images.Count, images.Count(one => one.Containers > 0), unpacked, unusedLayers),
                new("Packed Content", content.Blobs, content.Blobs, content.Bytes + content.PartialBytes, unusedContent + content.PartialBytes),
                new(
                    "Containers", containers.Count, containers.Count(one => one.Container.IsActive), containers.Sum(one => one.Bytes),
                    containers.Where(one => !one.Container.IsActive).Sum(one => one.Bytes)),
                new(
                    "Local Volumes", volumes.Count, volumes.Count(one => one.Users > 0), volumes.Sum(one => one.Bytes),
                    volumes.Where(one => one.Users == 0).Sum(one => one.Bytes)),
            ],
        };
    }
}
