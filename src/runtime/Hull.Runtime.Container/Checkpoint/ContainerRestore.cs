using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>Brings a saved container back through CRIU.</summary>
/// <param name="bundle">What it was made from.</param>
/// <param name="options">How.</param>
/// <param name="directory">Its state directory, fresh and locked.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Takes steps; null for nobody.</param>
internal sealed class ContainerRestore(
    Bundle bundle, RestoreOptions options, ContainerDirectory directory, TimeProvider time, IRuntimeLog? log)
{
    private const string LogName = "restore.log";
    private readonly List<FileDescriptor> _open = [];
    private Cgroup? _cgroup;
    private FileDescriptor? _process;
    private int _processId;

    /// <summary>Does it.</summary>
    internal ContainerTask Run(string stateDirectory)
    {
        try
        {
            HostFile.WriteAll(
                directory.ConfigurationPath,
                options.SpecificationText is ReadOnlyMemory<byte> text
                    ? text.Span
                    : JsonSerializer.SerializeToUtf8Bytes(bundle.Spec, RuntimeJson.Default.RuntimeSpec));
            MakeCgroup();
            Restore();
            return new ContainerTask(stateDirectory, directory.TryRead()!, _process, log);
        }
        catch
        {
            Undo();
            throw;
        }
        finally
        {
            _open.ForEach(each => each.Dispose());
        }
    }

    private void MakeCgroup()
    {
        if (options.Cgroups == CgroupManagement.Systemd)
        {
            throw new HullException(
                ErrorKind.Unimplemented, "A container cannot be restored into a unit of systemd yet: use --cgroup-manager=cgroupfs.");
        }

        if (options.Cgroups != CgroupManagement.Disabled)
        {
            CgroupMode mode = CgroupPermission.Mode;
            string path = CgroupPath.Resolve(bundle.Spec.Linux?.CgroupsPath, bundle.Id);
            _cgroup = Cgroup.Create(CgroupHost.Current, path, bundle.Spec.Linux?.Resources, mode);
        }
    }

    private void Restore()
    {
        List<string> streams = StreamList.Read(options.ImageDirectory);
        FileDescriptor images = Keep(HostFile.Open(options.ImageDirectory, HostFile.ReadOnly | HostFile.Directory));
        FileDescriptor work = Keep(ContainerCheckpoint.OpenDirectory(options.WorkDirectory ?? options.ImageDirectory));
        CriuRequest request = new(CriuRequestType.Restore, options, images, work, LogName);
        request.BringBack(bundle.Root.Path, options);
        request.Configure(bundle.Spec.Annotations);
        ExternalMounts.MakePlaces(bundle.Spec, bundle.Root.Path, bundle.Directory);
        foreach ((string destination, string source) in ExternalMounts.List(bundle.Spec, bundle.Root.Path, bundle.Directory, _cgroup))
        {
            request.External($"mnt[{destination}]:{source}");
        }

        for (int i = 0; i < streams.Count && i < 3; i++)
        {
            if (streams[i].StartsWith("pipe:", StringComparison.Ordinal) || streams[i].StartsWith("file[", StringComparison.Ordinal))
            {
                request.Inherit(streams[i], i);
            }
        }

        List<int> descriptors = [images.Number, work.Number];
        InheritNamespace(request, descriptors, "network", RestoredNamespaces.Network);
        InheritNamespace(request, descriptors, "pid", RestoredNamespaces.Pid);
        AddCgroupRoots(request);
        CriuPlacement placement = new()
        {
            Streams = [NumberOf(bundle.Streams.Input), NumberOf(bundle.Streams.Output), NumberOf(bundle.Streams.Error)],
            Descriptors = descriptors,
            Directories = [(images.Number, options.ImageDirectory), (work.Number, options.WorkDirectory ?? options.ImageDirectory)],
            CgroupFiles = [.. (_cgroup?.JoinFiles ?? []).Select(path => Keep(HostFile.Open(path, HostFile.WriteOnly)).Number)],
            Root = bundle.Root.Path,
        };
        Serve(request, placement);
    }

    private void Serve(CriuRequest request, CriuPlacement placement)
    {
        using FileDescriptor? unified = _cgroup?.UnifiedDirectory is string path
            ? HostFile.TryOpen(path, HostFile.PathOnly | HostFile.Directory, out _)
            : null;
        using CriuService criu = CriuService.Start(placement, unified);
        CriuReply reply = criu.Ask(request, TakeStep);
        if (!reply.Success)
        {
            throw ContainerCheckpoint.Failure($"The container '{bundle.Id}' cannot be restored", options, LogName, reply);
        }

        if (_process is null)
        {
            Adopt(reply.ProcessId);
        }
    }

    private void TakeStep(CriuReply step, FileDescriptor? descriptor)
    {
        switch (step.Step)
        {
            case "setup-namespaces":
                byte[] state = HookRunner.State(bundle, "creating", step.ProcessId);
                HookRunner.Run(bundle.Spec.Hooks?.Prestart, state, null, 0, mayFail: false, "prestart");
                HookRunner.Run(bundle.Spec.Hooks?.CreateRuntime, state, null, 0, mayFail: false, "createRuntime");
                break;
            case "post-restore":
                Adopt(step.ProcessId);
                break;
            case "orphan-pts-master" when descriptor is not null:
                UnixSocket.SendDescriptor(
                    bundle.Streams.Console ?? throw new HullException(
                        ErrorKind.InvalidArgument, $"The container '{bundle.Id}' has a terminal: say with --console-socket who takes it."),
                    descriptor, (byte)'t');
                break;
        }
    }

    private void Adopt(int processId)
    {
        _process = KernelProcess.TryOpen(processId, out Errno error) ?? throw new LinuxException("pidfd_open", "restored process", error);
        _processId = processId;
        directory.Write(ContainerRecord.For(bundle, processId, _process, time.GetUtcNow(), _cgroup));
    }

    private void InheritNamespace(CriuRequest request, List<int> descriptors, string type, string name)
    {
        if (RestoredNamespaces.PathOf(bundle.Spec, type) is string path)
        {
            FileDescriptor space = Keep(HostFile.Open(path, HostFile.ReadOnly));
            descriptors.Add(space.Number);
            request.Inherit(name, space.Number);
        }
    }

    private void AddCgroupRoots(CriuRequest request)
    {
        IReadOnlyList<CgroupHierarchy> hierarchies = CgroupHost.Current.Hierarchies;
        for (int i = 0; i < hierarchies.Count && options.CgroupMode != CriuCgroupMode.Ignore; i++)
        {
            if (_cgroup?.DirectoryIn(hierarchies[i]) is string path)
            {
                request.CgroupRoot(hierarchies[i].Key, path[hierarchies[i].MountPoint.Length..]);
            }
        }
    }

    private void Undo()
    {
        try
        {
            if (_process is not null)
            {
                _ = KernelProcess.TrySignal(_process, Signal.Kill.Number);
                _ = KernelProcess.Reap(_processId, wait: true, out _);
                _process.Dispose();
            }

            _cgroup?.KillAll();
            _cgroup?.Delete();
        }
        catch (HullException)
        {
            // The failure that led here is the one to report; the next delete tries again.
        }
    }

    private int NumberOf(FileDescriptor? stream) => (stream ?? Keep(HostFile.Open("/dev/null", HostFile.ReadWrite))).Number;

    private FileDescriptor Keep(FileDescriptor descriptor)
    {
        _open.Add(descriptor);
        return descriptor;
    }
}
