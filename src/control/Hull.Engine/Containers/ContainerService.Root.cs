using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Compression;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>What a container did to its root.</content>
public sealed partial class ContainerService
{
    /// <summary>What a container changed in its image's files.</summary>
    public IReadOnlyList<FileChange> Changes(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return _images.Roots.Snapshots.Changes(ContainerId.Parse(view.Row.Id));
    }

    /// <summary>Writes a container's root as one archive.</summary>
    /// <exception cref="HullException">It runs: its root is mounted in its own namespace only.</exception>
    public void Export(ContainerView view, Stream target)
    {
        ArgumentNullException.ThrowIfNull(view);
        RequireQuiet(view, "exported");
        _images.Roots.Snapshots.Export(ContainerId.Parse(view.Row.Id), target);
        Publish("export", view.Row);
    }

    /// <summary>Makes an image of a container's image and what the container changed.</summary>
    /// <param name="view">The container; it does not run, or is paused.</param>
    /// <param name="name">The new image's name; null for none.</param>
    /// <param name="author">Who made it.</param>
    /// <param name="message">What the history says.</param>
    /// <param name="change">Changes how the image is run.</param>
    /// <exception cref="HullException">The container runs, or the store cannot be written.</exception>
    public LocalImage Commit(
        ContainerView view, ImageReference? name, string author, string message, Func<ContainerConfig, ContainerConfig> change)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(change);
        RequireQuiet(view, "committed");
        LocalImage parent = _images.Get(view.Row.ImageId, null);
        DateTimeOffset now = _options.Clock.GetUtcNow();
        Settings.ContainerSettings settings = view.Row.Settings;
        ContainerConfig config = (parent.Config.Config ?? new ContainerConfig()) with
        {
            Env = settings.Environment,
            Cmd = settings.Command,
            Entrypoint = settings.Entrypoint is { Count: > 0 } ? settings.Entrypoint : null,
            User = settings.User,
            WorkingDir = settings.WorkingDirectory,
            Labels = settings.Labels,
        };
        ImageConfig image = parent.Config with
        {
            Created = now,
            Author = author.Length > 0 ? author : parent.Config.Author,
            Config = change(config),
            History =
            [
                .. parent.Config.History ?? [],
                new HistoryEntry { Created = now, CreatedBy = string.Join(' ', settings.Command ?? []), Author = author, Comment = message },
            ],
        };
        LocalImage made = RootImporter.Commit(
            _images.Roots.Snapshots, ContainerId.Parse(view.Row.Id), _images.Store, parent, name, image, CompressionKind.Gzip);
        Publish("commit", view.Row);
        return made;
    }

    private static void RequireQuiet(ContainerView view, string what)
    {
        if (view.Record.State is TaskState.Running or TaskState.Restarting)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The container '{view.Row.Name}' is running and cannot be {what}: pause or stop it first.");
        }
    }
}
