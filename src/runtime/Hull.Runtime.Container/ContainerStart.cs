using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>Makes one container: opens what its plan needs, runs the plan, answers it, writes the state down.</summary>
/// <param name="bundle">What to make.</param>
/// <param name="options">How.</param>
/// <param name="directory">Its state directory, fresh and locked.</param>
/// <param name="time">The clock.</param>
internal sealed class ContainerStart(Bundle bundle, CreateOptions options, ContainerDirectory directory, TimeProvider time)
{
    private readonly List<FileDescriptor> _open = [];

    /// <summary>Does it all.</summary>
    internal ContainerTask Run(string stateDirectory)
    {
        try
        {
            (FileDescriptor near, FileDescriptor far) = KernelProcess.SocketPair();
            SpawnPlan plan = SpawnPlanCompiler.Compile(MakeContext(far));
            using Launch launch = Launch.Begin(plan, near, far);
            try
            {
                ContainerRecord record = Converse(launch, WriteState(launch));
                return new ContainerTask(stateDirectory, record, launch.Process.PidFd);
            }
            catch
            {
                launch.Abandon();
                throw;
            }
        }
        finally
        {
            foreach (FileDescriptor descriptor in _open)
            {
                descriptor.Dispose();
            }
        }
    }

    private SpawnContext MakeContext(FileDescriptor far)
    {
        bool terminal = bundle.Spec.Process is { Terminal: true };
        SeccompProgram? filter = SeccompCompiler.CompileIfAny(bundle.Spec.Linux?.Seccomp);
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
            PreservedDescriptors = bundle.Streams.PreservedDescriptors,
            Joined = OpenNamespaces(),
            SeccompFilter = filter?.Filter ?? default,
            SeccompFlags = filter?.Flags ?? 0,
            NoPivot = options.NoPivot,
            NoNewKeyring = options.NoNewKeyring,
        };
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
        // A writer alone could not open it: the reader comes with start. Opened both ways first, then to write.
        int both = OpenPipe(directory.ReportPipePath, HostFile.ReadWrite);
        int writer = OpenPipe(directory.ReportPipePath, HostFile.WriteOnly);
        _ = both;
        return writer;
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
            joined.Add(new JoinedNamespace(space.Type, SpawnPlanCompiler.FlagOf(space.Type), Keep(file).Number, space.Path));
        }

        return joined;
    }

    private FileDescriptor Keep(FileDescriptor descriptor)
    {
        _open.Add(descriptor);
        return descriptor;
    }

    private ContainerRecord WriteState(Launch launch)
    {
        HostFile.WriteAll(
            directory.ConfigurationPath,
            options.SpecificationText is ReadOnlyMemory<byte> text
                ? text.Span
                : JsonSerializer.SerializeToUtf8Bytes(bundle.Spec, RuntimeJson.Default.RuntimeSpec));
        ContainerRecord record = RecordOf(launch.Process);
        directory.Write(record);
        return record;
    }

    private ContainerRecord RecordOf(SpawnedProcess process)
    {
        _ = HostFile.TryStat(process.PidFd, out HostFileStatus status);
        return new ContainerRecord
        {
            Id = bundle.Id,
            ProcessId = process.ProcessId,
            ProcessIdentity = status.Inode,
            BundleDirectory = bundle.Directory,
            RootDirectory = bundle.Root.Path,
            OciVersion = bundle.Spec.OciVersion,
            Created = time.GetUtcNow(),
            Owner = KernelProcess.EffectiveUserId,
            Annotations = bundle.Spec.Annotations ?? new Dictionary<string, string>(),
        };
    }

    private ContainerRecord Converse(Launch launch, ContainerRecord record)
    {
        while (launch.Next() is SyncMessage message)
        {
            if (record.ProcessId != launch.Process.ProcessId)
            {
                record = RecordOf(launch.Process);
                directory.Write(record);
            }

            switch (message)
            {
                case SyncMessage.Ready:
                    launch.Answer();
                    break;
                case SyncMessage.SeccompListener:
                    SeccompAgent.HandOver(bundle.Spec, record, launch.Process.PidFd, (int)launch.Value);
                    launch.Answer();
                    break;
                default:
                    throw new HullException(ErrorKind.Unimplemented, $"The spawn plan asks for '{message}', which is not supported yet.");
            }
        }

        if (KernelProcess.WaitReadable(launch.Process.PidFd, 0) && options.WaitsForStart)
        {
            throw new HullException(ErrorKind.Internal, $"The first process of the container '{bundle.Id}' died while it was made.");
        }

        return record;
    }
}
