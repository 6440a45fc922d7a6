using System.Globalization;
using System.Text;
using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary>What create and run have in common: a bundle, options, and making the container.</summary>
internal sealed class CreateRequest
{
    /// <summary>The options of <c>create</c>.</summary>
    internal static readonly OptionTable Table = new(
        new("bundle,b", "DIR", "the bundle (default: here)"),
        new("config,f", "FILE", "its configuration (default: config.json in the bundle)"),
        new("console-socket", "SOCKET", "receives the terminal's master"),
        new("pidfd-socket", "SOCKET", "receives a pidfd of the first process"),
        new("pid-file", "FILE", "write the first process's id there"),
        new("no-pivot", null, "change the root without pivot_root, for a root on a ramdisk"),
        new("no-new-keyring", null, "keep the caller's session keyring"),
        new("preserve-fds", "N", "pass N descriptors from 3 upward"));

    /// <summary>The options of <c>run</c>.</summary>
    internal static readonly OptionTable RunTable = new(
    [
        .. Table.Options,
        new("detach,d", null, "do not wait for its end"),
        new("keep", null, "do not delete it after its end"),
        new("no-subreaper", null, "do not take over processes that lost their parent"),
        new("plan", null, "show the steps that would be done, and do none"),
    ]);

    private readonly GlobalOptions _global;
    private readonly Arguments _options;
    private readonly byte[] _text;

    /// <summary>Reads the bundle.</summary>
    internal CreateRequest(GlobalOptions global, Arguments options)
    {
        _global = global;
        _options = options;
        string directory = Path.GetFullPath(options.Value("bundle") ?? ".");
        string path = options.Value("config") ?? directory + "/config.json";
        _text = HostFile.ReadAll(path);
        RuntimeSpec spec = Parse(_text, path);
        RootSpec root = spec.Root ?? throw new HullException(ErrorKind.InvalidArgument, $"The configuration '{path}' has no root.");
        int preserved = options.Number("preserve-fds") + ListenDescriptors(spec);
        Bundle = new Bundle
        {
            Id = options.TheContainer(),
            Directory = directory,
            Spec = spec,
            Root = new RootFilesystem { Path = Path.GetFullPath(root.Path, directory) },
            Streams = new TaskStreams
            {
                PreservedDescriptors = preserved,
            },
        };
    }

    /// <summary>What to make.</summary>
    internal Bundle Bundle { get; }

    /// <summary>The options.</summary>
    internal Arguments Options => _options;

    /// <summary>How to make it.</summary>
    internal CreateOptions OptionsFor(bool waits) => new()
    {
        WaitsForStart = waits,
        NoPivot = _options.Has("no-pivot"),
        NoNewKeyring = _options.Has("no-new-keyring"),
        Cgroups = _global.CgroupManager switch
        {
            "disabled" => CgroupManagement.Disabled,
            "systemd" => CgroupManagement.Systemd,
            _ => CgroupManagement.Direct,
        },
        SpecificationText = _text,
    };

    /// <summary>Arranges the process's streams.</summary>
    internal TerminalSession OpenSession(bool detached) => TerminalSession.Open(
        Bundle.Spec.Process is { Terminal: true }, _options.Value("console-socket"), detached, Bundle.Streams.PreservedDescriptors);

    /// <summary>Makes it and writes the pid file.</summary>
    internal ContainerTask Make(TerminalSession session, bool waits)
    {
        using FileDescriptor? socket = _options.Value("pidfd-socket") is { Length: > 0 } name ? UnixSocket.Connect(name) : null;
        CreateOptions options = OptionsFor(waits) with { PidFdSocket = socket };
        ContainerTask task = _global.Runtime.Create(Bundle with { Streams = session.Streams }, options);
        if (_options.Value("pid-file") is { Length: > 0 } path)
        {
            WritePidFile(path, task.ProcessId);
        }

        return task;
    }

    /// <summary>Writes a process id so that a reader sees the whole file or none.</summary>
    internal static void WritePidFile(string path, int processId)
    {
        string staged = path + ".hull-new";
        HostFile.WriteAll(staged, Encoding.ASCII.GetBytes(processId.ToString(CultureInfo.InvariantCulture)), mode: 0x1a4);
        Errno error = HostFile.TryRename(staged, path);
        if (error != Errno.None)
        {
            throw new LinuxException("rename", path, error);
        }
    }

    private static RuntimeSpec Parse(byte[] text, string path)
    {
        try
        {
            return RuntimeSpecReader.Read(text);
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The configuration '{path}' is not valid: {error.Message}", error);
        }
    }

    private static int ListenDescriptors(RuntimeSpec spec)
    {
        // systemd's socket activation, passed on as runc does (sd_listen_fds(3)); the container's process is its pid 1.
        if (!int.TryParse(Environment.GetEnvironmentVariable("LISTEN_FDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            || count is <= 0 or > 256 || spec.Process is null)
        {
            return 0;
        }

        List<string> environment = [.. spec.Process.Env ?? [], $"LISTEN_FDS={count}", "LISTEN_PID=1"];
        spec.Process.Env = environment;
        return count;
    }
}
