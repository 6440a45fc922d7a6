using Hull.Engine.Images;
using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Engine.State;
using Hull.Engine.Volumes;
using Hull.Image;
using Hull.Linux;
using Hull.Oci.Image;
using Hull.Runtime;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <summary>Containers: make, start, steer, remove.</summary>
/// <remarks>
/// A container's directory has a lock that whoever starts, repairs or removes it holds. Each operation is written down
/// before it is done, so that the next command finishes or takes back what a killed one left.
/// </remarks>
public sealed partial class ContainerService
{
    private const string LockName = "lock";

    private readonly EngineOptions _options;
    private readonly StateStore _store;
    private readonly ImageService _images;
    private readonly VolumeService _volumes;

    internal ContainerService(EngineOptions options, StateStore store, ImageService images, VolumeService volumes)
    {
        _options = options;
        _store = store;
        _images = images;
        _volumes = volumes;
    }

    private EnginePaths Paths => _options.Paths;

    /// <summary>Makes a container; nothing runs yet.</summary>
    /// <exception cref="HullException">Nothing is left behind.</exception>
    public async Task<ContainerView> CreateAsync(CreateRequest request, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        HostRights.Require();
        FinishInterrupted();
        CheckRequest(request);
        LocalImage image = await EnsureImageAsync(request, cancellation);
        Digest? chain = await _images.UnpackAsync(image, request.Image, cancellation);
        ContainerSettings settings = ImageDefaults.Complete(request.Settings, image.Config);
        settings = settings with { Mounts = MountsOf(settings, image.Config) };
        string id = ContainerId.NewRandom().ToString();
        using Undo undo = new(_ => { });
        ContainerRow row = AddRow(request, settings, image, id);
        undo.Add(() => _store.Remove(id));

        string directory = Paths.ContainerDirectory(id);
        Directory.CreateDirectory(directory);
        undo.Add(() => HostTree.Delete(directory));
        RootFilesystem root = _images.Roots.Prepare(id, chain);
        undo.Add(() => _images.Roots.Remove(id));

        settings = SystemContainer.Complete(settings, root);
        if (settings != row.Settings)
        {
            row = row with { Settings = settings };
            _store.UpdateSettings(id, settings);
        }

        IReadOnlyList<ResolvedMount> mounts = [.. settings.Mounts.Select(mount => _volumes.Resolve(mount, root))];
        EtcFiles.Write(directory, row);
        RuntimeOf(row).Check(SpecBuilder.Build(Context(row, root, mounts, _ => 0)));
        _ = MachineOf(row);
        _store.Complete(id, [.. settings.Mounts.Where(mount => mount.Kind == MountKind.Volume).Select(mount => mount.Source)]);
        undo.Keep();
        Publish("create", row);
        return new ContainerView(row, new TaskRecord());
    }

    /// <summary>Every container, newest first, each repaired when its supervisor died.</summary>
    public IReadOnlyList<ContainerView> List()
    {
        FinishInterrupted();
        List<ContainerView> views = [];
        foreach (ContainerRow row in _store.List())
        {
            ContainerView view = View(row);
            if (row.Settings.AutoRemove && view.Record is { State: TaskState.Exited, SupervisorPid: 0 })
            {
                // Whoever was to remove it was killed.
                Remove(view, force: false, volumes: true);
                continue;
            }

            views.Add(view);
        }

        return views;
    }

    /// <summary>Finds a container by name, identifier or the beginning of one.</summary>
    /// <exception cref="HullException">There is none.</exception>
    public ContainerView Get(string nameOrId) => TryGet(nameOrId)
        ?? throw new HullException(ErrorKind.NotFound, $"There is no container '{nameOrId}'.");

    /// <summary>Finds a container by name, identifier or the beginning of one.</summary>
    /// <returns>Null when there is none.</returns>
    public ContainerView? TryGet(string nameOrId)
    {
        FinishInterrupted();
        return _store.Find(nameOrId) is { Phase: ContainerPhase.Ready } row ? View(row) : null;
    }

    /// <summary>Reads again where a container stands.</summary>
    public ContainerView Refresh(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        return View(_store.FindById(view.Row.Id) ?? view.Row);
    }

    /// <summary>Gives a container another name.</summary>
    /// <exception cref="HullException">The name is taken or not a name.</exception>
    public void Rename(string nameOrId, string name)
    {
        ContainerView view = Get(nameOrId);
        CheckName(name);
        _store.Rename(view.Row.Id, name);
        Publish("rename", view.Row with { Name = name });
    }

    internal void Publish(string action, ContainerRow row) => EventFile.Append(
        Paths.Events, _options.Clock.GetUtcNow(), "container", action, row.Id, ("image", row.Image), ("name", row.Name));

    private ContainerRow AddRow(CreateRequest request, ContainerSettings settings, LocalImage image, string id)
    {
        const int NameAttempts = 20;
        for (int attempt = 1; ; attempt++)
        {
            ContainerRow row = new()
            {
                Id = id,
                Name = request.Name ?? NameGenerator.Next() + (attempt > 3 ? attempt.ToString(System.Globalization.CultureInfo.InvariantCulture) : ""),
                Image = request.Image,
                ImageId = image.Id.ToString(),
                Created = _options.Clock.GetUtcNow(),
                Phase = ContainerPhase.Creating,
                OwnerPid = Environment.ProcessId,
                OwnerStart = ProcessIdentity.StartOf(Environment.ProcessId),
                Settings = settings,
            };
            try
            {
                _store.Add(row);
                return row with { Phase = ContainerPhase.Ready };
            }
            catch (HullException error) when (error.Kind == ErrorKind.AlreadyExists && request.Name is null && attempt < NameAttempts)
            {
                // Another made-up name; from the fourth attempt on with a number.
            }
        }
    }

    private async Task<LocalImage> EnsureImageAsync(CreateRequest request, CancellationToken cancellation)
    {
        LocalImage? here = request.Pull == PullPolicy.Always ? null : _images.Find(request.Image, request.Platform);
        if (here is not null || request.Pull == PullPolicy.Never)
        {
            return here ?? _images.Get(request.Image, request.Platform);
        }

        Platform? platform = request.Platform is { } named ? Platform.Parse(named) : null;
        return await _images.PullAsync(ImageReference.Parse(request.Image), platform, null, request.PullProgress, cancellation);
    }

    private void CheckRequest(CreateRequest request)
    {
        if (request.Name is not null)
        {
            CheckName(request.Name);
        }

        if (!_options.Runtimes.ContainsKey(request.Settings.Isolation))
        {
            throw new HullException(
                ErrorKind.Unimplemented,
                $"The isolation '{request.Settings.Isolation}' is not supported yet: use {string.Join(" or ", _options.Runtimes.Keys)}.");
        }

        // Wrong settings fail before anything is made.
        _ = SpecBuilder.BuildLimits(request.Settings.Resources);
        _ = LogOptions.OrdersOf(request.Settings, "");
        HostProcessors.Check(request.Settings.Resources.CpusetCpus);
        _ = SecurityPlan.From(request.Settings.Security);
        foreach (string device in request.Settings.Devices)
        {
            _ = DeviceOption.Parse(device).Count();
        }
    }

    private static void CheckName(string name)
    {
        if (!MountOption.IsName(name))
        {
            throw new HullException(
                ErrorKind.InvalidArgument,
                $"'{name}' is not a container name: begin with a letter or digit and go on with letters, digits, '_', '.' and '-'.");
        }
    }

    // The image's volumes become anonymous ones where the user mounts nothing; every anonymous one gets its name here.
    private List<MountSettings> MountsOf(ContainerSettings settings, Oci.Image.ImageConfig image)
    {
        List<MountSettings> mounts = [.. settings.Mounts];
        foreach (string from in settings.VolumesFrom)
        {
            int colon = from.LastIndexOf(':');
            string suffix = colon < 0 ? "" : from[(colon + 1)..];
            bool marked = suffix is "ro" or "rw" or "z" or "Z";
            ContainerView other = Get(marked ? from[..colon] : from);
            mounts.AddRange(other.Row.Settings.Mounts
                .Where(mount => mount.Kind != MountKind.Tmpfs && mounts.TrueForAll(own => own.Target != mount.Target))
                .Select(mount => mount with { IsAnonymous = false, ReadOnly = mount.ReadOnly || suffix == "ro" }));
        }

        foreach (string target in image.Config?.Volumes?.Keys ?? [])
        {
            if (mounts.TrueForAll(own => own.Target != target))
            {
                mounts.Add(new MountSettings { Kind = MountKind.Volume, Target = target, IsAnonymous = true });
            }
        }

        for (int i = 0; i < mounts.Count; i++)
        {
            if (mounts[i] is { Kind: MountKind.Volume, Source.Length: 0 })
            {
                mounts[i] = mounts[i] with { Source = ContainerId.NewRandom().ToString(), IsAnonymous = true };
            }
        }

        return mounts.GroupBy(mount => mount.Target).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new HullException(ErrorKind.InvalidArgument, $"Two mounts have the target '{twice.Key}'.")
            : mounts;
    }

    private SpecContext Context(
        ContainerRow row, RootFilesystem root, IReadOnlyList<ResolvedMount> mounts, Func<string, int> processOf) => new()
        {
            Paths = Paths,
            Row = row,
            Root = root,
            Mounts = mounts,
            ProcessOf = processOf,
        };

    private FileLock LockOf(string id) => FileLock.Exclusive(Path.Combine(Paths.ContainerDirectory(id), LockName));

    private IRuntime RuntimeOf(ContainerRow row) => _options.Runtimes[row.Settings.Isolation];
}
