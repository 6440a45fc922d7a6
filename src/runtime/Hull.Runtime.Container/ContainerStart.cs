using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;
using Hull.Runtime.Container.ResourceControl;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Container.Spawn;
using Hull.Runtime.Container.Systemd;

namespace Hull.Runtime.Container;

/// <summary>Makes one container: opens what its plan needs, runs the plan, answers it, writes the state down.</summary>
/// <param name="bundle">What to make.</param>
/// <param name="options">How.</param>
/// <param name="directory">Its state directory, fresh and locked.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Takes warnings and steps; null for nobody.</param>
internal sealed class ContainerStart(
    Bundle bundle, CreateOptions options, ContainerDirectory directory, TimeProvider time, IRuntimeLog? log)
{
    private readonly List<FileDescriptor> _open = [];
    private Cgroup? _cgroup;
    private ResourceControlGroup? _resourceControl;
    private UnitName? _unit;
    private Placeholder? _placeholder;

    /// <summary>Does it all.</summary>
    internal ContainerTask Run(string stateDirectory)
    {
        try
        {
            // The copy of the specification comes first: it says where to clean up if this process dies from here on.
            WriteSpecification();
            SpecificationRules.Warn(log, bundle.Spec, CgroupHost.Current.Layout == CgroupLayout.Unified);
            SeccompProgram? filter = SeccompCompiler.CompileIfAny(bundle.Spec.Linux?.Seccomp);
            MakeCgroup();
            (FileDescriptor near, FileDescriptor far) = KernelProcess.SocketPair();
            SpawnPlan plan = SpawnPlanCompiler.Compile(MakeContext(far, filter));
            using FileDescriptor? cgroup = OpenUnified();
            TellPlan(plan, filter);
            using Launch launch = Launch.Begin(plan, near, far, cgroup, log);
            return Finish(stateDirectory, launch);
        }
        catch
        {
            RemoveCgroup();
            throw;
        }
        finally
        {
            _placeholder?.Dispose();
            foreach (FileDescriptor descriptor in _open)
            {
                descriptor.Dispose();
            }
        }
    }

    private ContainerTask Finish(string stateDirectory, Launch launch)
    {
        try
        {
            ContainerRecord record = RecordOf(launch.Process);
            directory.Write(record);
            ContainerConversation conversation = new(bundle, launch, log) { Record = record, StateDirectory = directory.DirectoryPath };
            while (conversation.Step())
            {
                if (record.ProcessId != launch.Process.ProcessId)
                {
                    record = RecordOf(launch.Process);
                    directory.Write(record);
                    conversation.Record = record;
                }
            }

            if (options.WaitsForStart && KernelProcess.WaitReadable(launch.Process.PidFd, 0))
            {
                throw new HullException(
                    ErrorKind.Internal, $"The first process of the container '{bundle.Id}' died while it was made{WhyDead()}.");
            }

            if (options.PidFdSocket is not null)
            {
                UnixSocket.SendDescriptor(options.PidFdSocket, launch.Process.PidFd, (byte)'p');
            }

            if (!options.WaitsForStart && bundle.Spec.Hooks?.Poststart is { Count: > 0 } hooks)
            {
                HookRunner.Run(
                    hooks, HookRunner.State(bundle, "running", record.ProcessId), null, 0, mayFail: false, "poststart");
            }

            return new ContainerTask(stateDirectory, record, launch.Process.PidFd, log);
        }
        catch
        {
            launch.Abandon();
            throw;
        }
    }

    private void TellPlan(SpawnPlan plan, SeccompProgram? filter)
    {
        if (log is { IsDebug: true })
        {
            log.Debug($"container {bundle.Id} of the bundle {bundle.Directory} with the root {bundle.Root.Path}");
            foreach ((string controller, string path) in _cgroup?.Paths ?? new Dictionary<string, string>())
            {
                log.Debug($"cgroup {controller}: {path}");
            }

            LaunchLog.Tell(log, plan, filter);
        }
    }

    private string WhyDead()
    {
        try
        {
            return _cgroup is { OutOfMemoryKills: > 0 } ? ": its memory limit is too small" : "";
        }
        catch (HullException)
        {
            return "";
        }
    }

    private void WriteSpecification() => HostFile.WriteAll(
        directory.ConfigurationPath,
        options.SpecificationText is ReadOnlyMemory<byte> text
            ? text.Span
            : JsonSerializer.SerializeToUtf8Bytes(bundle.Spec, RuntimeJson.Default.RuntimeSpec));

    private void MakeCgroup()
    {
        if (bundle.Spec.Linux?.IntelRdt is { } rdt)
        {
            _resourceControl = ResourceControlGroup.Create(ResourceControlGroup.FindRoot(), rdt, bundle.Id);
        }

        if (options.Cgroups == CgroupManagement.Disabled)
        {
            return;
        }

        if (options.Cgroups == CgroupManagement.Systemd)
        {
            var unit = UnitName.Of(bundle.Spec.Linux?.CgroupsPath, bundle.Id, SystemdManager.IsUser);
            _placeholder = Placeholder.Start();
            _cgroup = SystemdUnit.Start(unit, bundle.Id, bundle.Spec, _placeholder);
            _unit = unit;
            return;
        }

        CgroupMode mode = CgroupPermission.Mode;
        string path = CgroupPath.Resolve(bundle.Spec.Linux?.CgroupsPath, bundle.Id);
        _cgroup = Cgroup.Create(CgroupHost.Current, path, bundle.Spec.Linux?.Resources, mode);
    }

    private void RemoveCgroup()
    {
        try
        {
            _cgroup?.KillAll();
            if (_unit is not null)
            {
                SystemdUnit.Stop(_unit);
            }

            _cgroup?.Delete();
            _resourceControl?.Delete();
        }
        catch (HullException)
        {
            // The failure that led here is the one to report; the next delete tries again.
        }
    }

    private FileDescriptor? OpenUnified() =>
        _cgroup?.UnifiedDirectory is string path ? HostFile.TryOpen(path, HostFile.PathOnly | HostFile.Directory, out _) : null;

    private SpawnContext MakeContext(FileDescriptor far, SeccompProgram? filter)
    {
        bool terminal = bundle.Spec.Process is { Terminal: true };
        return new SpawnContext
        {
            Spec = bundle.Spec,
            Root = bundle.Root,
            BundleDirectory = bundle.Directory,
            Id = bundle.Id,
            Host = HostFacts.Ask(),
            SyncSocket = far.Number,
            StartPipe = options.WaitsForStart ? OpenPipe(directory.StartPipePath, HostFile.ReadWrite) : -1,
            ReportPipe = options.WaitsForStart ? OpenReportPipe() : -1,
            Streams = [NumberOf(bundle.Streams.Input), NumberOf(bundle.Streams.Output), NumberOf(bundle.Streams.Error)],
            ConsoleSocket = terminal ? bundle.Streams.Console?.Number ?? -1 : -1,
            KeepsLineFeeds = bundle.Streams.KeepsLineFeeds,
            PreservedDescriptors = bundle.Streams.PreservedDescriptors,
            Further = FurtherNumbers(),
            Joined = OpenNamespaces(),
            CgroupFiles = OpenCgroupFiles(),
            CgroupViews = ListCgroupViews(),
            PreparedMounts = PreparedMounts.Make(bundle, Keep),
            Home = ProcessEnvironment.NeedsHome(bundle.Spec.Process?.Env)
                ? ProcessEnvironment.FindHome(bundle.Root.Path, bundle.Spec.Process?.User?.Uid ?? 0)
                : "/",
            Log = log,
            NoPivot = options.NoPivot,
            NoNewKeyring = options.NoNewKeyring,
            SeccompFilter = filter?.Filter ?? default,
            SeccompFlags = filter?.Flags ?? 0,
        };
    }

    private int[] FurtherNumbers() => bundle.Streams is { Further.Count: > 0 } streams
        && (options.WaitsForStart || streams.PreservedDescriptors > 0)
            ? throw new ArgumentException("Further descriptors go to a process that does not wait and preserves none.")
            : [.. bundle.Streams.Further.Select(descriptor => descriptor.Number)];

    private int[] OpenCgroupFiles()
    {
        IReadOnlyList<string> paths = _cgroup?.JoinFiles ?? [];
        if (_resourceControl is not null)
        {
            paths = [.. paths, .. _resourceControl.JoinFiles];
        }

        int[] files = new int[paths.Count];
        for (int i = 0; i < files.Length; i++)
        {
            files[i] = Keep(HostFile.Open(paths[i], HostFile.WriteOnly)).Number;
        }

        return files;
    }

    private List<CgroupView> ListCgroupViews()
    {
        List<CgroupView> views = [];
        if (bundle.Spec.Mounts?.Any(mount => mount.Type is "cgroup" or "cgroup2") != true)
        {
            return views;
        }

        // Where the container has no cgroup of its own it stays in this process's, and is shown that.
        string? own = null;
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupHost.Current.Hierarchies;
        for (int i = 0; i < hierarchies.Count; i++)
        {
            CgroupHierarchy hierarchy = hierarchies[i];
            if ((_cgroup?.DirectoryIn(hierarchy) ?? OwnCgroup.DirectoryIn(hierarchy, ref own)) is not string path)
            {
                continue;
            }

            if (hierarchies.Count == 1 && hierarchy.IsUnified)
            {
                return [new CgroupView("", path)];
            }

            string name = Path.GetFileName(hierarchy.MountPoint);
            views.Add(new CgroupView(name, path));
            if (name.Contains(',', StringComparison.Ordinal))
            {
                foreach (string alias in name.Split(','))
                {
                    views.Add(new CgroupView(alias, "", name));
                }
            }
        }

        return views;
    }

    private int NumberOf(FileDescriptor? stream) => (stream ?? Keep(HostFile.Open("/dev/null", HostFile.ReadWrite))).Number;

    private int OpenPipe(string path, int flags)
    {
        Errno error = HostFile.TryMakePipe(path, 0x180);
        return error is Errno.None or Errno.Exist
            ? Keep(HostFile.Open(path, flags)).Number
            : throw new LinuxException("mkfifo", path, error);
    }

    private int OpenReportPipe()
    {
        _ = HostFile.TryMakeDirectory(Path.GetDirectoryName(directory.ReportPipePath)!, 0x1c0); // It has a directory.

        // A writer alone could not open it: the reader comes with start. Opened both ways first, then to write.
        _ = OpenPipe(directory.ReportPipePath, HostFile.ReadWrite);
        return OpenPipe(directory.ReportPipePath, HostFile.WriteOnly);
    }

    private List<JoinedNamespace> OpenNamespaces()
    {
        List<JoinedNamespace> joined = [];
        for (int i = 0; i < (bundle.Spec.Linux?.Namespaces?.Count ?? 0); i++)
        {
            NamespaceSpec space = bundle.Spec.Linux!.Namespaces![i];
            if (string.IsNullOrEmpty(space.Path))
            {
                continue;
            }

            FileDescriptor file = HostFile.TryOpen(space.Path, HostFile.ReadOnly, out Errno error) ?? throw new HullException(
                LinuxException.KindOf(error), $"The {space.Type} namespace '{space.Path}' cannot be opened: {LinuxException.TextOf(error)}.");
            joined.Add(new JoinedNamespace(space.Type, SpawnPlanCompiler.FlagOf(space.Type), Keep(file).Number, space.Path)
            {
                IsOwn = IsOwn(file, space.Type),
            });
        }

        return joined;
    }

    private static bool IsOwn(FileDescriptor file, string type) =>
        HostFile.TryStat(file, out HostFileStatus joined) == Errno.None
        && HostFile.TryStat("/proc/self/ns/" + (type switch { "network" => "net", "mount" => "mnt", _ => type }), out HostFileStatus own) == Errno.None
        && joined.Inode == own.Inode && joined.Device == own.Device;

    private FileDescriptor Keep(FileDescriptor descriptor)
    {
        _open.Add(descriptor);
        return descriptor;
    }

    private ContainerRecord RecordOf(SpawnedProcess process) =>
        ContainerRecord.For(bundle, process.ProcessId, process.PidFd, time.GetUtcNow(), _cgroup) with
        {
            SystemdUnit = _unit?.Unit ?? "",
            ResourceControl = _resourceControl?.ToRecord() ?? new Dictionary<string, string>(),
        };
}
