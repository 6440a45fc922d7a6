using System.Globalization;
using Hull.Runtime.Container;
using Hull.Runtime.Container.Checkpoint;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci checkpoint</c>: saves a running container.</summary>
internal static class CheckpointCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "checkpoint", "save a running container through CRIU", "CONTAINER",
        new OptionTable(
        [
            .. CriuArguments.Options,
            new("parent-path", "DIR", "the image of an earlier pre-dump, relative to this one"),
            new("leave-running", null, "let the container go on"),
            new("pre-dump", null, "save memory only, and let the container go on"),
            new("page-server", "ADDRESS:PORT", "send memory to a page server of CRIU"),
            new("status-fd", "FD", "not supported"),
            new("tcp-skip-in-flight", null, "leave out connections that are being made"),
            new("link-remap", null, "give a name to open files that have none any more"),
        ]),
        Run);

    private static int Run(GlobalOptions global, Arguments options)
    {
        CriuArguments.RefuseLazyPages(options);
        if (options.Has("status-fd"))
        {
            throw new HullException(ErrorKind.Unimplemented, "Status is told to nobody: leave out --status-fd, which is for --lazy-pages.");
        }

        using ContainerTask task = global.Runtime.Open(options.TheContainer());
        CheckpointOptions how = new()
        {
            ImageDirectory = CriuArguments.ImageDirectory(options),
            WorkDirectory = CriuArguments.WorkDirectory(options),
            TcpEstablished = options.Has("tcp-established"),
            ExternalUnixSockets = options.Has("ext-unix-sk"),
            ShellJob = options.Has("shell-job"),
            FileLocks = options.Has("file-locks"),
            AutoDedup = options.Has("auto-dedup"),
            EmptyNetwork = CriuArguments.EmptyNetwork(options),
            CgroupMode = CriuArguments.CgroupMode(options),
            ParentPath = ParentPath(options),
            LeaveRunning = options.Has("leave-running"),
            PreDump = options.Has("pre-dump"),
            PageServer = PageServer(options),
            TcpSkipInFlight = options.Has("tcp-skip-in-flight"),
            LinkRemap = options.Has("link-remap"),
        };
        task.Checkpoint(how);
        if (!how.LeaveRunning && !how.PreDump)
        {
            global.Runtime.Delete(task.Id, force: true);
        }

        return 0;
    }

    private static string? ParentPath(Arguments options)
    {
        string? path = options.Value("parent-path");
        if (path is null)
        {
            return null;
        }

        if (path.StartsWith('/'))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The path '{path}' is absolute: --parent-path must be relative to --image-path.");
        }

        return Directory.Exists(Path.Combine(CriuArguments.ImageDirectory(options), path))
            ? path
            : throw new HullException(ErrorKind.NotFound, $"The image '{path}' does not exist: --parent-path is relative to --image-path.");
    }

    private static (string Address, int Port)? PageServer(Arguments options)
    {
        if (options.Value("page-server") is not { Length: > 0 } text)
        {
            return null;
        }

        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) && port is > 0 and < 65536
            ? (text[..colon], port)
            : throw new HullException(ErrorKind.InvalidArgument, $"The page server '{text}' is not valid: use ADDRESS:PORT.");
    }
}
