using Hull.Runtime.Container;
using Hull.Runtime.Container.Checkpoint;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci restore</c>: brings a saved container back.</summary>
internal static class RestoreCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "restore", "bring a saved container back through CRIU", "CONTAINER",
        new OptionTable(
        [
            .. CriuArguments.Options,
            new("bundle,b", "DIR", "the bundle (default: here)"),
            new("config,f", "FILE", "its configuration (default: config.json in the bundle)"),
            new("console-socket", "SOCKET", "receives the terminal's master"),
            new("pid-file", "FILE", "write the first process's id there"),
            new("detach,d", null, "do not wait for its end"),
            new("no-subreaper", null, "accepted; nobody is taken over"),
            new("no-pivot", null, "not supported"),
            new("lsm-profile", "LABEL", "the security module's label instead of the saved one"),
            new("lsm-mount-context", "LABEL", "not supported"),
        ]),
        Run);

    private static int Run(GlobalOptions global, Arguments options)
    {
        CriuArguments.RefuseLazyPages(options);
        foreach (string name in (string[])["no-pivot", "lsm-mount-context"])
        {
            if (options.Has(name))
            {
                throw new HullException(ErrorKind.Unimplemented, $"A container cannot be restored in this way: leave out --{name}.");
            }
        }

        CreateRequest request = new(global, options);
        bool detached = options.Has("detach");
        using TerminalSession session = request.OpenSession(detached);
        CreateOptions create = request.OptionsFor(waits: false);
        RestoreOptions how = new()
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
            LsmProfile = options.Value("lsm-profile"),
            Cgroups = create.Cgroups,
            SpecificationText = create.SpecificationText,
        };
        using ContainerTask task = global.Runtime.Restore(request.Bundle with { Streams = session.Streams }, how);
        if (options.Value("pid-file") is { Length: > 0 } path)
        {
            CreateRequest.WritePidFile(path, task.ProcessId);
        }

        if (detached)
        {
            return 0;
        }

        int code = session.Serve(task.ProcessId, task.PidFd!);
        global.Runtime.Delete(task.Id, force: true);
        return code;
    }
}
