using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;
using Hull.Runtime.Container.Checkpoint;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>Containers made of namespaces, cgroups and seccomp, with their state below one directory.</summary>
/// <remarks>
/// Everything completes synchronously: the tasks of the seam's methods are finished when they are returned. Thread-safe;
/// several processes may share the directory. See docs/runtime.md.
/// </remarks>
public sealed class ContainerRuntime : IRuntime
{
    private readonly TimeProvider _time;
    private readonly IRuntimeLog? _log;

    /// <summary>Uses a state directory, which is made when the first container is.</summary>
    /// <param name="stateDirectory">Absolute, on a file system that dies with the boot, such as <c>/run/hull-oci</c>.</param>
    /// <param name="time">The clock for the time of creation; the system's when null.</param>
    /// <param name="log">Takes warnings and steps; null for nobody.</param>
    public ContainerRuntime(string stateDirectory, TimeProvider? time = null, IRuntimeLog? log = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(stateDirectory);
        StateDirectory = stateDirectory;
        _time = time ?? TimeProvider.System;
        _log = log;
    }

    /// <summary>Where the state lies.</summary>
    public string StateDirectory { get; }

    /// <summary>Makes a container; its process waits for start, or runs already when the options say so.</summary>
    /// <exception cref="HullException">It failed; nothing is left behind.</exception>
    public ContainerTask Create(Bundle bundle, CreateOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        SpecificationCheck.Check(bundle.Spec);
        SpecificationRules.Check(bundle.Spec);
        SpecificationCheck.CheckPreserved(bundle.Streams.PreservedDescriptors);
        using ContainerDirectory directory = ContainerDirectory.Create(StateDirectory, bundle.Id);
        try
        {
            return new ContainerStart(bundle, options ?? new CreateOptions(), directory, _time, _log).Run(StateDirectory);
        }
        catch
        {
            directory.Remove();
            throw;
        }
    }

    /// <summary>Brings a container back from its image.</summary>
    /// <param name="bundle">What it was made from; its root holds the files as they were.</param>
    /// <param name="options">How.</param>
    /// <exception cref="HullException">It failed; nothing is left behind.</exception>
    public ContainerTask Restore(Bundle bundle, RestoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(options);
        SpecificationCheck.Check(bundle.Spec);
        SpecificationRules.Check(bundle.Spec);
        using var directory = ContainerDirectory.Create(StateDirectory, bundle.Id);
        try
        {
            return new ContainerRestore(bundle, options, directory, _time, _log).Run(StateDirectory);
        }
        catch
        {
            directory.Remove();
            throw;
        }
    }

    /// <summary>Finds a container that this or another process made.</summary>
    /// <exception cref="HullException">There is none, or its state is damaged.</exception>
    public ContainerTask Open(ContainerId id)
    {
        using ContainerDirectory directory = ContainerDirectory.Open(StateDirectory, id);
        ContainerRecord record = directory.TryRead()
            ?? throw new HullException(ErrorKind.FailedPrecondition, $"The container '{id}' was not made completely: delete it with --force.");
        return new ContainerTask(StateDirectory, record, null, _log);
    }

    /// <summary>Removes what is left of a stopped container, or of one whose making was interrupted.</summary>
    /// <param name="id">Its name.</param>
    /// <param name="force">Whether to kill it first and to ignore that it does not exist.</param>
    /// <exception cref="HullException">It runs and may not be killed, or does not exist.</exception>
    public void Delete(ContainerId id, bool force)
    {
        ContainerDirectory directory;
        try
        {
            directory = ContainerDirectory.Open(StateDirectory, id);
        }
        catch (HullException error) when (force && error.Kind == ErrorKind.NotFound)
        {
            return;
        }

        using (directory)
        {
            ContainerRecord? record = directory.TryRead();
            if (record is not null)
            {
                using ContainerTask task = new(StateDirectory, record, null);
                task.EndForDelete(force);
                RunPoststop(directory, record);
            }
            else if (force)
            {
                RemoveInterrupted(directory, id);
            }
            else
            {
                throw new HullException(ErrorKind.FailedPrecondition, $"The container '{id}' was not made completely: delete it with --force.");
            }

            directory.Remove();
        }
    }

    /// <summary>The names of all containers, in no order.</summary>
    public IReadOnlyList<ContainerId> List()
    {
        List<ContainerId> ids = [];
        if (Directory.Exists(StateDirectory))
        {
            foreach (string path in Directory.EnumerateDirectories(StateDirectory))
            {
                if (ContainerId.TryParse(Path.GetFileName(path), out ContainerId id))
                {
                    ids.Add(id);
                }
            }
        }

        return ids;
    }

    /// <summary>Compiles the plan that <see cref="Create"/> would run, and runs nothing.</summary>
    public static SpawnPlan Plan(Bundle bundle, CreateOptions options)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(options);
        SpecificationCheck.Check(bundle.Spec);
        SpecificationRules.Check(bundle.Spec);
        SeccompProgram? filter = SeccompCompiler.CompileIfAny(bundle.Spec.Linux?.Seccomp);
        return SpawnPlanCompiler.Compile(new SpawnContext
        {
            Spec = bundle.Spec,
            Root = bundle.Root,
            BundleDirectory = bundle.Directory,
            Id = bundle.Id,
            Host = HostFacts.Ask(),
            SyncSocket = 3,
            StartPipe = options.WaitsForStart ? 4 : -1,
            ReportPipe = options.WaitsForStart ? 5 : -1,
            ConsoleSocket = 6,
            SeccompFilter = filter?.Filter ?? default,
            SeccompFlags = filter?.Flags ?? 0,
            NoPivot = options.NoPivot,
            NoNewKeyring = options.NoNewKeyring,
        });
    }

    /// <summary>Reads the specification a container was made from.</summary>
    /// <returns>Null when there is none or it is damaged.</returns>
    internal static RuntimeSpec? ReadSpecification(string path)
    {
        using FileDescriptor? file = HostFile.TryOpen(path, HostFile.ReadOnly, out _);
        try
        {
            return file is null ? null : RuntimeSpecReader.Read(HostFile.ReadAll(file, path));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void RunPoststop(ContainerDirectory directory, ContainerRecord record)
    {
        if (record.HasHooks && ReadSpecification(directory.ConfigurationPath)?.Hooks?.Poststop is { Count: > 0 } hooks)
        {
            byte[] state = HookRunner.State(record.OciVersion, record.Id, "stopped", 0, record.BundleDirectory, record.Annotations);
            HookRunner.Run(hooks, state, null, 0, mayFail: true, "poststop");
        }
    }

    private static void RemoveInterrupted(ContainerDirectory directory, ContainerId id)
    {
        // Its maker died before it wrote the state: the process died with it (PR_SET_PDEATHSIG), the cgroup may be left.
        if (ReadSpecification(directory.ConfigurationPath) is RuntimeSpec spec)
        {
            Cgroup cgroup = Cgroup.Open(CgroupHost.Current, CgroupPath.Resolve(spec.Linux?.CgroupsPath, id));
            if (cgroup.Exists)
            {
                cgroup.KillAll();
                cgroup.Delete();
            }
        }
    }

    /// <inheritdoc/>
    public Task<ITask> CreateAsync(Bundle bundle, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult<ITask>(Create(bundle));
    }

    /// <inheritdoc/>
    public Task<ITask> AttachAsync(ContainerId id, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult<ITask>(Open(id));
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ContainerId id, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        Delete(id, force: true);
        return Task.CompletedTask;
    }
}
