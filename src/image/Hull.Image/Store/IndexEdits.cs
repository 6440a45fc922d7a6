using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Changes of the index as functions from entries to entries.</summary>
internal static class IndexEdits
{
    /// <summary>The same image under another name, or none.</summary>
    internal static ImageEntry Renamed(ImageEntry entry, ImageReference? reference)
    {
        Dictionary<string, string> annotations = new(entry.Descriptor.Annotations ?? new Dictionary<string, string>());
        annotations.Remove(AnnotationNames.RefName);
        if (reference is not null)
        {
            annotations[AnnotationNames.RefName] = NameOf(reference);
        }

        return entry with
        {
            Reference = reference,
            Descriptor = entry.Descriptor with { Annotations = annotations },
        };
    }

    /// <summary>Adds an entry; whoever had its name loses it, and stays nameless when it was the last one.</summary>
    internal static IReadOnlyList<ImageEntry> Put(IReadOnlyList<ImageEntry> entries, ImageEntry added)
    {
        string? name = added.Reference is null ? null : NameOf(added.Reference);
        List<ImageEntry> result = new(entries.Count + 1);
        ImageEntry? robbed = null;
        foreach (ImageEntry entry in entries)
        {
            bool same = entry.Descriptor.Digest == added.Descriptor.Digest;
            if (name is not null && entry.Reference is not null && NameOf(entry.Reference) == name)
            {
                robbed = same ? null : entry;
            }
            else if (!same || entry.Reference is not null)
            {
                result.Add(entry); // a nameless entry of the added image is dropped: it has a name now
            }
        }

        if (robbed is not null && !result.Exists(entry => entry.Descriptor.Digest == robbed.Descriptor.Digest))
        {
            result.Add(Renamed(robbed, null));
        }

        if (name is not null || !result.Exists(entry => entry.Descriptor.Digest == added.Descriptor.Digest))
        {
            result.Add(added);
        }

        return result;
    }

    /// <summary>Removes a name, or a whole image.</summary>
    internal static (IReadOnlyList<ImageEntry> Left, ImageRemoval Removal) Remove(
        IReadOnlyList<ImageEntry> entries, IReadOnlyList<ImageEntry> found, bool byName, bool force, string typed)
    {
        // As Docker: a name goes alone; an id goes with all its names, but not across repositories unasked.
        ImageEntry[] gone = byName ? [found[0]] : [.. found];
        if (!byName && !force && gone.Select(entry => entry.Reference?.Name).Distinct().Count() > 1)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The image '{typed}' has names in several repositories: remove them by name, or use --force.");
        }

        return Without(entries, gone);
    }

    /// <summary>Removes every entry that may go.</summary>
    internal static (IReadOnlyList<ImageEntry> Left, ImageRemoval Removal) Prune(
        IReadOnlyList<ImageEntry> entries, Func<ImageEntry, bool> mayGo) => Without(entries, [.. entries.Where(mayGo)]);

    private static (IReadOnlyList<ImageEntry> Left, ImageRemoval Removal) Without(
        IReadOnlyList<ImageEntry> entries, IReadOnlyList<ImageEntry> gone)
    {
        HashSet<ImageEntry> set = new(gone, ReferenceEqualityComparer.Instance);
        List<ImageEntry> left = [.. entries.Where(entry => !set.Contains(entry))];
        HashSet<Digest> kept = [.. left.Select(entry => entry.Descriptor.Digest)];
        return (left, new ImageRemoval(
            [.. gone.Select(entry => entry.Reference).OfType<ImageReference>()],
            [.. gone.Where(entry => !kept.Contains(entry.Descriptor.Digest)).Select(entry => entry.Id).Distinct()]));
    }

    // A name with a digest is kept by its digest: the tag beside it says nothing certain.
    private static string NameOf(ImageReference reference) => reference.Digest is { } digest
        ? $"{reference.Name}@{digest}"
        : reference.ToString();
}
