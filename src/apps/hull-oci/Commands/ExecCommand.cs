using System.Globalization;
using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci exec</c>: runs one more process in a container.</summary>
internal static class ExecCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "exec", "run one more process in a container", "CONTAINER PROGRAM [ARGUMENTS...]  |  --process FILE CONTAINER", new OptionTable(
            new("process,p", "FILE", "read what to run from a JSON file"),
            new("cwd", "DIR", "the working directory"),
            new("env,e", "NAME=VALUE", "add to the environment"),
            new("tty,t", null, "give it a terminal"),
            new("user,u", "UID[:GID]", "who runs it"),
            new("additional-gids,g", "GID", "add groups"),
            new("detach,d", null, "do not wait for its end"),
            new("pid-file", "FILE", "write its process id there"),
            new("cap,c", "NAME", "add a capability"),
            new("no-new-privs", null, "let it gain no privileges"),
            new("process-label", "LABEL", "its SELinux label"),
            new("apparmor", "PROFILE", "its AppArmor profile"),
            new("preserve-fds", "N", "pass N descriptors from 3 upward"),
            new("cgroup", "[CONTROLLER:]PATH", "join a cgroup below the container's"),
            new("ignore-paused", null, "also in a paused container"),
            new("console-socket", "SOCKET", "receives the terminal's master"),
            new("pidfd-socket", "SOCKET", "receives a pidfd of the process"),
            new("no-subreaper", null, "accepted")), Run)
    {
        StopsAtOperand = true,
    };

    /// <summary>Runs it.</summary>
    /// <returns>The process's exit status; 0 with <c>--detach</c>.</returns>
    private static int Run(GlobalOptions global, Arguments options)
    {
        if (options.Operands.Count == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, "The container's identifier is missing.");
        }

        using ContainerTask task = global.Runtime.Open(ContainerId.Parse(options.Operands[0]));
        ProcessSpec process = ReadProcess(task, options);
        using TerminalSession session = TerminalSession.Open(
            process.Terminal, options.Value("console-socket"), options.Has("detach"), options.Number("preserve-fds"));
        using ContainerProcess started = task.Exec(process, session.Streams, options.Has("ignore-paused"), options.Values("cgroup"));
        if (options.Value("pid-file") is { Length: > 0 } path)
        {
            CreateRequest.WritePidFile(path, started.ProcessId);
        }

        if (options.Value("pidfd-socket") is { Length: > 0 } socketPath)
        {
            using FileDescriptor socket = UnixSocket.Connect(socketPath);
            UnixSocket.SendDescriptor(socket, started.PidFd, (byte)'p');
        }

        return options.Has("detach") ? 0 : session.Serve(started.ProcessId, started.PidFd);
    }

    private static ProcessSpec ReadProcess(ContainerTask task, Arguments options)
    {
        if (options.Value("process") is string path)
        {
            try
            {
                ProcessSpec read = RuntimeSpecReader.ReadProcess(HostFile.ReadAll(path));
                read.Terminal |= options.Has("tty");
                return read;
            }
            catch (JsonException error)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The process file '{path}' is not valid: {error.Message}", error);
            }
        }

        if (options.Operands.Count < 2)
        {
            throw new HullException(ErrorKind.InvalidArgument, "The program to run is missing: give it behind the container's identifier.");
        }

        ProcessSpec process = task.ReadSpecification().Process ?? new ProcessSpec();
        process.Args = options.Operands[1..];
        process.Terminal = options.Has("tty");
        process.Cwd = options.Value("cwd") ?? process.Cwd;
        process.Env = [.. process.Env ?? [], .. options.Values("env")];
        process.NoNewPrivileges |= options.Has("no-new-privs");
        process.ApparmorProfile = options.Value("apparmor") ?? process.ApparmorProfile;
        process.SelinuxLabel = options.Value("process-label") ?? process.SelinuxLabel;
        SetUser(process, options);
        AddCapabilities(process, [.. options.Values("cap")]);
        return process;
    }

    private static void SetUser(ProcessSpec process, Arguments options)
    {
        UserSpec user = process.User ?? new UserSpec();
        if (options.Value("user") is string text)
        {
            string[] parts = text.Split(':');
            user.Uid = Id(parts[0]);
            user.Gid = parts.Length > 1 ? Id(parts[1]) : user.Gid;
        }

        List<string> groups = [.. options.Values("additional-gids")];
        if (groups.Count > 0)
        {
            user.AdditionalGids = groups.SelectMany(group => group.Split(',')).Select(Id).ToList();
        }

        process.User = user;
    }

    private static uint Id(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id)
        ? id
        : throw new HullException(ErrorKind.InvalidArgument, $"'{text}' is not a numeric user or group id.");

    private static void AddCapabilities(ProcessSpec process, List<string> names)
    {
        if (names.Count == 0)
        {
            return;
        }

        CapabilitiesSpec sets = process.Capabilities ?? new CapabilitiesSpec();
        sets.Bounding = [.. sets.Bounding ?? [], .. names];
        sets.Effective = [.. sets.Effective ?? [], .. names];
        sets.Permitted = [.. sets.Permitted ?? [], .. names];

        // What is inheritable in the container is also ambient for this process, as runc has it.
        List<string> ambient = names.FindAll(name => sets.Inheritable?.Contains(name) == true);
        if (ambient.Count > 0)
        {
            sets.Ambient = [.. sets.Ambient ?? [], .. ambient];
        }

        process.Capabilities = sets;
    }
}
