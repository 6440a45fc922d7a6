using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Engine.State;
using Hull.Supervision;

namespace Hull.Engine.Volumes;

/// <summary>Directories that outlive containers.</summary>
public sealed class VolumeService
{
    private const string Data = "_data";
    private const int ShortIdBytes = 12;

    private readonly EngineOptions _options;
    private readonly StateStore _store;

    internal VolumeService(EngineOptions options, StateStore store)
    {
        _options = options;
        _store = store;
    }

    /// <summary>Makes a volume; one that exists stays as it is, as with Docker.</summary>
    /// <param name="name">Its name; null for a random one.</param>
    /// <param name="labels">Its labels.</param>
    /// <exception cref="HullException">The name is not one.</exception>
    public VolumeRow Create(string? name, IReadOnlyDictionary<string, string> labels)
    {
        if (name is not null && !MountOption.IsName(name))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"'{name}' is not a volume name: begin with a letter or digit and go on with letters, digits, '_', '.' and '-'.");
        }

        return Ensure(name ?? ContainerId.NewRandom().ToString(), isAnonymous: name is null, labels);
    }

    /// <summary>All volumes by name.</summary>
    public IReadOnlyList<VolumeRow> List() => _store.ListVolumes();

    /// <summary>A volume's directory on the host.</summary>
    public string PathOf(string name) => Path.Combine(_options.Paths.Volumes, name, Data);

    /// <summary>Bytes of a volume's files.</summary>
    public long SizeOf(string name) => HostTree.SizeOf(PathOf(name));

    /// <summary>The containers that use a volume.</summary>
    public IReadOnlyList<string> UsersOf(string name) => _store.UsersOfVolume(name);

    /// <summary>Finds a volume by its name.</summary>
    /// <exception cref="HullException">There is none.</exception>
    public VolumeRow Get(string name) => _store.ListVolumes().FirstOrDefault(volume => volume.Name == name)
        ?? throw new HullException(ErrorKind.NotFound, $"There is no volume '{name}'.");

    /// <summary>Removes a volume and its content.</summary>
    /// <exception cref="HullException">There is none, or a container uses it.</exception>
    public void Remove(string name)
    {
        Get(name);
        if (!_store.TryRemoveVolume(name))
        {
            string users = string.Join(", ", _store.UsersOfVolume(name).Select(id => id[..ShortIdBytes]));
            throw new HullException(ErrorKind.FailedPrecondition, $"The volume '{name}' is in use by container {users}.");
        }

        DeleteFiles(name);
        EventFile.Append(_options.Paths.Events, _options.Clock.GetUtcNow(), "volume", "destroy", name);
    }

    /// <summary>Removes volumes no container uses.</summary>
    /// <param name="all">Named ones too.</param>
    /// <param name="wanted">Which of them; null for all.</param>
    /// <returns>Their names, and the bytes of their files.</returns>
    public (IReadOnlyList<string> Names, long Bytes) Prune(bool all, Func<VolumeRow, bool>? wanted = null)
    {
        List<string> removed = [];
        long bytes = 0;
        foreach (VolumeRow volume in _store.ListVolumes().Where(volume => (all || volume.IsAnonymous) && wanted?.Invoke(volume) != false))
        {
            if (_store.TryRemoveVolume(volume.Name))
            {
                bytes += SizeOf(volume.Name);
                DeleteFiles(volume.Name);
                removed.Add(volume.Name);
            }
        }

        DeleteForgotten();
        return (removed, bytes);
    }

    // A removal that was killed has left files without a row.
    private void DeleteForgotten()
    {
        if (!Directory.Exists(_options.Paths.Volumes))
        {
            return;
        }

        string[] there = [.. Directory.EnumerateDirectories(_options.Paths.Volumes).Select(path => Path.GetFileName(path))];
        HashSet<string> known = [.. _store.ListVolumes().Select(volume => volume.Name)];
        foreach (string name in there.Where(name => !known.Contains(name)))
        {
            DeleteFiles(name);
        }
    }

    /// <summary>Removes a container's own volumes once the container is forgotten.</summary>
    internal void RemoveUnused(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (_store.TryRemoveVolume(name))
            {
                DeleteFiles(name);
            }
        }
    }

    /// <summary>Makes sure that every mount has content on the host.</summary>
    /// <param name="mount">The mount.</param>
    /// <param name="image">The root whose content an empty volume gets; null to leave volumes as they are.</param>
    internal ResolvedMount Resolve(MountSettings mount, RootFilesystem? image)
    {
        switch (mount.Kind)
        {
            case MountKind.Tmpfs:
                return new ResolvedMount(mount, "");
            case MountKind.Bind:
                if (!Path.Exists(mount.Source))
                {
                    if (!mount.CreateSource)
                    {
                        throw new HullException(ErrorKind.InvalidArgument, $"The bind source '{mount.Source}' does not exist.");
                    }

                    Directory.CreateDirectory(mount.Source);
                }

                return new ResolvedMount(mount, mount.Source);
            default:
                Ensure(mount.Source, mount.IsAnonymous, new Dictionary<string, string>());
                string path = PathOf(mount.Source);
                if (image is not null && mount.CopyUp && VolumeContent.IsEmpty(path))
                {
                    VolumeContent.CopyUp(image, mount.Target, path);
                }

                return new ResolvedMount(mount, path);
        }
    }

    private VolumeRow Ensure(string name, bool isAnonymous, IReadOnlyDictionary<string, string> labels)
    {
        VolumeRow row = new() { Name = name, Created = _options.Clock.GetUtcNow(), IsAnonymous = isAnonymous, Labels = labels };

        // The row first: files without one belong to nobody, and the next clean-up takes them.
        bool isNew = _store.TryAddVolume(row);
        Directory.CreateDirectory(PathOf(name));
        if (isNew)
        {
            EventFile.Append(_options.Paths.Events, row.Created, "volume", "create", name);
        }

        return isNew ? row : Get(name);
    }

    private void DeleteFiles(string name)
    {
        string directory = Path.Combine(_options.Paths.Volumes, name);
        if (Directory.Exists(directory))
        {
            HostTree.Delete(directory);
        }
    }
}
