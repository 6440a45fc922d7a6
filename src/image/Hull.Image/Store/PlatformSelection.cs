using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Picks the manifest for a platform out of an index.</summary>
internal static class PlatformSelection
{
    private const int MaxListed = 10;

    /// <summary>The first best entry: the wanted variant, then any variant, then an entry that names no platform.</summary>
    /// <exception cref="HullException">There is none for the platform.</exception>
    internal static Descriptor Choose(ImageIndex index, Platform wanted, string name)
    {
        Descriptor[] usable = [.. index.Manifests.Where(entry =>
            MediaTypes.IsManifest(entry.MediaType) || MediaTypes.IsIndex(entry.MediaType))];
        Descriptor[] fitting = [.. usable.Where(entry => entry.Platform is { } offered && wanted.Accepts(offered))];
        Descriptor? chosen = fitting.FirstOrDefault(entry => (entry.Platform?.Variant ?? "") == (wanted.Variant ?? ""))
            ?? fitting.FirstOrDefault()
            ?? usable.FirstOrDefault(entry => entry.Platform is null);
        return chosen ?? throw new HullException(
            ErrorKind.NotFound, $"The image '{name}' has nothing for the platform '{wanted}': it has {Offered(usable)}.");
    }

    private static string Offered(Descriptor[] entries)
    {
        string[] names = [.. entries.Select(entry => entry.Platform?.ToString() ?? "").Where(name => name is not "" and not "unknown/unknown").Distinct()];
        string list = string.Join(", ", names.Take(MaxListed).Select(name => $"'{name}'"));
        return names.Length switch
        {
            0 => "none",
            > MaxListed => $"{list} and {names.Length - MaxListed} more",
            _ => list,
        };
    }
}
