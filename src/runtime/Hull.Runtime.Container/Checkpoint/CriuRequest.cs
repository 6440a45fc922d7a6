using Hull.Linux;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>One request to CRIU. Source: CRIU's rpc.proto, <c>criu_req</c> and <c>criu_opts</c>.</summary>
internal sealed class CriuRequest
{
    private const int LogLevelDebug = 4;
    private const int NewNetwork = 0x40000000;
    private readonly WireWriter _options = new();

    /// <summary>Begins it.</summary>
    /// <param name="type">What is asked.</param>
    /// <param name="settings">What both directions have in common.</param>
    /// <param name="images">The image's directory, a number in CRIU's process.</param>
    /// <param name="work">The directory of the log, likewise.</param>
    /// <param name="log">The log's name.</param>
    internal CriuRequest(CriuRequestType type, CriuSettings settings, FileDescriptor images, FileDescriptor work, string log)
    {
        Type = type;
        _options.Number(1, images.Number);
        _options.Flag(4, settings.ExternalUnixSockets);
        _options.Flag(5, settings.TcpEstablished);
        _options.Flag(7, settings.ShellJob);
        _options.Flag(8, settings.FileLocks);
        _options.Number(9, LogLevelDebug);
        _options.Text(10, log);
        _options.Flag(12, true);
        _options.Flag(16, settings.AutoDedup);
        _options.Number(17, work.Number);
        _options.Number(34, (long)settings.CgroupMode);
        if (settings.EmptyNetwork)
        {
            _options.Number(38, NewNetwork);
        }

        _options.Flag(50, true);
    }

    /// <summary>What is asked.</summary>
    internal CriuRequestType Type { get; }

    /// <summary>The process tree to save, and how.</summary>
    internal void Save(int processId, string root, CheckpointOptions options)
    {
        _options.Number(2, processId);
        _options.Flag(3, options.LeaveRunning || options.PreDump);
        _options.Text(13, root);
        _options.Text(14, options.ParentPath);
        _options.Flag(15, options.PreDump || options.ParentPath is not null);
        _options.Flag(18, options.LinkRemap);
        _options.Flag(46, options.TcpSkipInFlight);
        if (options.PageServer is { } server)
        {
            WireWriter page = new();
            page.Text(1, server.Address);
            page.Number(2, server.Port);
            _options.Message(11, page);
        }
    }

    /// <summary>Where to bring it back, as a child of this process.</summary>
    internal void BringBack(string root, RestoreOptions options)
    {
        _options.Flag(6, true);
        _options.Text(13, root);
        _options.Flag(26, true);
        _options.Text(53, options.LsmProfile);
    }

    /// <summary>A file of the operator's with further options, which count more than those here.</summary>
    internal void Configure(IReadOnlyDictionary<string, string>? annotations)
    {
        if (annotations is not null && annotations.TryGetValue("org.criu.config", out string? path))
        {
            _options.Text(51, path);
        }
    }

    /// <summary>The version 1 or 2 cgroup in which everything is frozen while it is saved.</summary>
    internal void Freeze(string directory) => _options.Text(44, directory);

    /// <summary>Something outside the image: <c>mnt[…]:…</c>, <c>file[…]</c>, <c>net[…]:…</c>.</summary>
    internal void External(string what) => _options.Text(37, what);

    /// <summary>A descriptor of CRIU's process that stands for something in the image.</summary>
    internal void Inherit(string key, int number)
    {
        WireWriter inherit = new();
        inherit.Text(1, key);
        inherit.Number(2, number);
        _options.Message(27, inherit);
    }

    /// <summary>The cgroup that takes the place of the one the tree was saved in.</summary>
    internal void CgroupRoot(string controller, string path)
    {
        WireWriter root = new();
        root.Text(1, controller.Length == 0 ? null : controller);
        root.Text(2, path);
        _options.Message(25, root);
    }

    /// <summary>The bytes to send.</summary>
    internal byte[] ToArray()
    {
        WireWriter request = new();
        request.Number(1, (long)Type);
        request.Message(2, _options);
        return request.ToArray();
    }
}
