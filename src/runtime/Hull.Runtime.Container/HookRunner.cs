using System.Collections;
using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>Runs hooks: programs that get the container's state on standard input. Source: OCI runtime specification 1.2, "POSIX-platform Hooks".</summary>
public static class HookRunner
{
    private const int PipeBytes = 64 << 10;

    /// <summary>The state document for the hooks of a container.</summary>
    public static byte[] State(Bundle bundle, string status, int processId)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return State(bundle.Spec.OciVersion, bundle.Id, status, processId, bundle.Directory, bundle.Spec.Annotations);
    }

    /// <summary>The state document for the hooks of a container.</summary>
    public static byte[] State(
        string version, ContainerId id, string status, int processId, string directory, IReadOnlyDictionary<string, string>? annotations)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("ociVersion", version);
            writer.WriteString("id", id.ToString());
            writer.WriteString("status", status);
            writer.WriteNumber("pid", processId);
            writer.WriteString("bundle", directory);
            if (annotations is { Count: > 0 })
            {
                writer.WriteStartObject("annotations");
                foreach ((string key, string value) in annotations)
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Runs hooks one after the other.</summary>
    /// <param name="hooks">The hooks; null for none.</param>
    /// <param name="state">What they read.</param>
    /// <param name="container">Whose namespaces they join; null for none.</param>
    /// <param name="namespaces">The CLONE_NEW* flags to join.</param>
    /// <param name="mayFail">Whether a hook's failure is ignored, as for poststart and poststop.</param>
    /// <exception cref="HullException">A hook failed or took too long.</exception>
    /// <param name="kind">What they are, as the specification spells it; for messages.</param>
    /// <param name="directory">Where they start; null for where this process is.</param>
    public static void Run(
        IReadOnlyList<HookSpec>? hooks, byte[] state, FileDescriptor? container, ulong namespaces, bool mayFail, string kind,
        string? directory = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        RunAll(hooks, mayFail, kind, hook => RunOne(hook, state, container, namespaces, directory));
    }

    /// <summary>Runs hooks one after the other as processes of the container: its user, its limits, its filter.</summary>
    /// <exception cref="HullException">A hook failed or took too long.</exception>
    internal static void RunInside(
        IReadOnlyList<HookSpec>? hooks, byte[] state, ContainerTask task, ProcessSpec like, string directory, IRuntimeLog? log) =>
        RunAll(hooks, mayFail: false, "startContainer", hook => RunInside(hook, state, task, like, directory, log));

    private static void RunAll(IReadOnlyList<HookSpec>? hooks, bool mayFail, string kind, Action<HookSpec> run)
    {
        for (int i = 0; i < (hooks?.Count ?? 0); i++)
        {
            try
            {
                run(hooks![i]); // Within the count.
            }
            catch (HullException) when (mayFail)
            {
                // The container runs, or is gone: there is nobody to refuse it to.
            }
            catch (HullException error)
            {
                throw new HullException(error.Kind, $"A hook stops the container: error running {kind} hook #{i}: {error.Message}", error);
            }
        }
    }

    private static void Check(HookSpec hook, byte[] state)
    {
        if (!hook.Path.StartsWith('/'))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The hook '{hook.Path}' is not an absolute path.");
        }

        if (state.Length > PipeBytes)
        {
            throw new HullException(ErrorKind.ResourceExhausted, "The annotations are too large for hooks: at most 64 KiB.");
        }
    }

    private static void RunOne(HookSpec hook, byte[] state, FileDescriptor? container, ulong namespaces, string? directory)
    {
        Check(hook, state);
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        (FileDescriptor near, FileDescriptor far) = KernelProcess.SocketPair();
        using (reader)
        using (writer)
        {
            SpawnPlan plan = HookPlan.Compile(hook, EnvironmentOf(hook), far.Number, reader.Number, container?.Number ?? -1, namespaces, directory);
            using Launch launch = Launch.Begin(plan, near, far, null);
            _ = HostFile.TryWrite(writer, state);
            writer.Dispose();
            Await(hook, launch);
        }
    }

    private static void RunInside(
        HookSpec hook, byte[] state, ContainerTask task, ProcessSpec like, string directory, IRuntimeLog? log)
    {
        Check(hook, state);
        ProcessSpec process = like with
        {
            Args = hook.Args is { Count: > 0 } arguments ? arguments : [hook.Path],
            Env = hook.Env ?? like.Env,
            Terminal = false,
        };
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        using (reader)
        using (writer)
        {
            TaskStreams streams = new() { Input = reader, Output = FileDescriptor.Borrow(1), Error = FileDescriptor.Borrow(2) };
            using ContainerProcess started = new ProcessStart(task, process, streams, [], log) { Program = hook.Path }.Run(directory);
            reader.Dispose();
            _ = HostFile.TryWrite(writer, state);
            writer.Dispose();
            if (!KernelProcess.WaitReadable(started.PidFd, MillisecondsOf(hook)))
            {
                started.Signal(Signal.Kill);
                _ = started.Wait();
                throw TookTooLong(hook);
            }

            Judge(hook, started.Wait());
        }
    }

    private static int MillisecondsOf(HookSpec hook) => hook.Timeout is > 0 and < 1_000_000 ? hook.Timeout.Value * 1000 : -1;

    private static HullException TookTooLong(HookSpec hook) =>
        new(ErrorKind.Unavailable, $"The hook '{hook.Path}' did not end within {hook.Timeout} seconds.");

    private static void Judge(HookSpec hook, ExitStatus exit)
    {
        if (exit.Signal != 0)
        {
            string said = exit.Signal == 31 ? ": bad system call" : "";
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The hook '{hook.Path}' was ended by the signal {new Signal(exit.Signal)}{said}.");
        }

        if (exit.Code != 0)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The hook '{hook.Path}' failed with status {exit.Code}.");
        }
    }

    private static void Await(HookSpec hook, Launch launch)
    {
        try
        {
            _ = launch.Next();
        }
        catch
        {
            launch.Abandon();
            throw;
        }

        using FileDescriptor pidFd = launch.Process.PidFd;
        if (!KernelProcess.WaitReadable(pidFd, MillisecondsOf(hook)))
        {
            launch.Abandon();
            throw TookTooLong(hook);
        }

        _ = KernelProcess.Reap(launch.Process.ProcessId, wait: true, out int status);
        Judge(hook, ExitStatus.FromWaitStatus(status));
    }

    private static List<string> EnvironmentOf(HookSpec hook)
    {
        if (hook.Env is not null)
        {
            return [.. hook.Env];
        }

        List<string> environment = [];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            environment.Add($"{entry.Key}={entry.Value}");
        }

        return environment;
    }
}
