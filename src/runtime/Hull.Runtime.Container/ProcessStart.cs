using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>Starts one more process in a container.</summary>
/// <param name="task">The container.</param>
/// <param name="process">What to run.</param>
/// <param name="streams">Its streams.</param>
/// <param name="subgroups">Cgroups below the container's to join: a path for all, or <c>controllers:path</c>.</param>
/// <param name="log">Takes warnings and steps; null for nobody.</param>
internal sealed class ProcessStart(
    ContainerTask task, ProcessSpec process, TaskStreams streams, IReadOnlyList<string> subgroups, IRuntimeLog? log)
{
    private readonly List<FileDescriptor> _open = [];

    /// <summary>The program, when it is not what the first argument names; null otherwise.</summary>
    internal string? Program { get; init; }

    /// <summary>Does it.</summary>
    internal ContainerProcess Run(string directory)
    {
        SpecificationCheck.CheckPreserved(streams.PreservedDescriptors);
        RuntimeSpec spec = ContainerRuntime.ReadSpecification(directory + "/config.json")
            ?? throw new HullException(ErrorKind.DataLoss, $"The specification of the container '{task.Id}' is damaged.");
        SeccompProgram? filter = SeccompCompiler.CompileIfAny(spec.Linux?.Seccomp);
        try
        {
            (FileDescriptor near, FileDescriptor far) = KernelProcess.SocketPair();
            SpawnPlan plan = SpawnPlanCompiler.CompileFurther(MakeContext(spec, far, filter));
            using FileDescriptor? cgroup = UnifiedDirectory() is string path
                ? HostFile.TryOpen(path, HostFile.PathOnly | HostFile.Directory, out _)
                : null;
            if (log is { IsDebug: true })
            {
                LaunchLog.Tell(log, plan, filter);
            }

            using Launch launch = Launch.Begin(plan, near, far, cgroup, log);
            return Converse(spec, launch);
        }
        finally
        {
            foreach (FileDescriptor descriptor in _open)
            {
                descriptor.Dispose();
            }
        }
    }

    private ContainerProcess Converse(RuntimeSpec spec, Launch launch)
    {
        try
        {
            while (launch.Next() is SyncMessage message)
            {
                if (message == SyncMessage.SeccompListener)
                {
                    SeccompAgent.HandOver(spec, task.Record, launch.Process.PidFd, (int)launch.Value);
                }

                else if (message == SyncMessage.Ready)
                {
                    log?.Debug("setns_init: about to exec");
                }

                launch.Answer();
            }

            return new ContainerProcess(launch.Process);
        }
        catch
        {
            launch.Abandon();
            launch.Process.PidFd.Dispose();
            throw;
        }
    }

    // What a further process does not say it has as the container's first one does; runc has it so, too.
    private static ProcessSpec Complete(ProcessSpec process, ProcessSpec? first) => process with
    {
        Capabilities = process.Capabilities ?? first?.Capabilities,
        ApparmorProfile = string.IsNullOrEmpty(process.ApparmorProfile) ? first?.ApparmorProfile : process.ApparmorProfile,
        SelinuxLabel = string.IsNullOrEmpty(process.SelinuxLabel) ? first?.SelinuxLabel : process.SelinuxLabel,
        Rlimits = process.Rlimits is { Count: > 0 } ? process.Rlimits : first?.Rlimits,
        Scheduler = process.Scheduler ?? first?.Scheduler,
        IoPriority = process.IoPriority ?? first?.IoPriority,
        ExecCPUAffinity = process.ExecCPUAffinity ?? first?.ExecCPUAffinity,
    };

    private SpawnContext MakeContext(RuntimeSpec spec, FileDescriptor far, SeccompProgram? filter)
    {
        ulong namespaces = 0;
        for (int i = 0; i < (spec.Linux?.Namespaces?.Count ?? 0); i++)
        {
            namespaces |= SpawnPlanCompiler.FlagOf(spec.Linux!.Namespaces![i].Type);
        }

        // CRIU gives what it brings back a time namespace that no configuration names.
        namespaces |= IsElsewhere("time") ? Kernel.CloneNewTime : 0;
        return new SpawnContext
        {
            Spec = new RuntimeSpec
            {
                Process = Complete(process, spec.Process),
                Linux = new LinuxSpec { MemoryPolicy = spec.Linux?.MemoryPolicy, Personality = spec.Linux?.Personality },
            },
            Home = ProcessEnvironment.NeedsHome(process.Env)
                ? ProcessEnvironment.FindHome($"/proc/{task.ProcessId}/root", process.User?.Uid ?? 0)
                : "/",
            Program = Program,
            Root = new RootFilesystem { Path = task.Record.RootDirectory },
            BundleDirectory = task.Record.BundleDirectory,
            Id = task.Id,
            Host = HostFacts.Ask(),
            Log = log,
            SyncSocket = far.Number,
            Streams = [NumberOf(streams.Input), NumberOf(streams.Output), NumberOf(streams.Error)],
            ConsoleSocket = process.Terminal ? streams.Console?.Number ?? -1 : -1,
            KeepsLineFeeds = streams.KeepsLineFeeds,
            PreservedDescriptors = streams.PreservedDescriptors,
            CgroupFiles = OpenCgroupFiles(),
            SeccompFilter = filter?.Filter ?? default,
            SeccompFlags = filter?.Flags ?? 0,
            ContainerProcess = task.PidFd!.Number,
            ContainerNamespaces = namespaces,
            ContainerRoot = (namespaces & Kernel.CloneNewNs) != 0
                ? -1
                : Keep(HostFile.Open($"/proc/{task.ProcessId}/root", HostFile.PathOnly | HostFile.Directory)).Number,
        };
    }

    private bool IsElsewhere(string space) =>
        HostFile.TryStat($"/proc/{task.ProcessId}/ns/{space}", out HostFileStatus theirs) == Errno.None
        && HostFile.TryStat($"/proc/self/ns/{space}", out HostFileStatus own) == Errno.None
        && theirs.Inode != own.Inode;

    private string? UnifiedDirectory()
    {
        string? directory = null;
        _ = task.Cgroup?.JoinFilesBelow(subgroups, out directory);
        return directory;
    }

    private int[] OpenCgroupFiles()
    {
        IReadOnlyList<string> paths =
            [.. task.Cgroup?.JoinFilesBelow(subgroups, out _) ?? [], .. task.ResourceControl?.JoinFiles ?? []];
        int[] files = new int[paths.Count];
        for (int i = 0; i < files.Length; i++)
        {
            FileDescriptor file = HostFile.TryOpen(paths[i], HostFile.WriteOnly, out Errno error) ?? throw new HullException(
                LinuxException.KindOf(error),
                $"The process cannot join the cgroup: adding pid to '{paths[i]}' failed: {LinuxException.TextOf(error).ToLowerInvariant()}.");
            files[i] = Keep(file).Number;
        }

        return files;
    }

    private int NumberOf(FileDescriptor? stream) => (stream ?? Keep(HostFile.Open("/dev/null", HostFile.ReadWrite))).Number;

    private FileDescriptor Keep(FileDescriptor descriptor)
    {
        _open.Add(descriptor);
        return descriptor;
    }
}
