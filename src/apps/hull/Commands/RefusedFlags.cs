namespace Hull.Cli.Commands;

/// <summary>Docker's options that Hull refuses, by command, each with its reason.</summary>
internal static class RefusedFlags
{
    private const string NoBridge = "there is no bridge network yet; use '--network host' or '--network container:NAME'";
    private const string WindowsOnly = "it is for Windows containers only";
    private const string HostsPlatform = "an image is kept for one platform; name it in 'hull pull --platform'";

    internal static IReadOnlyList<Flag> OfContainer =>
    [
        new RefusedFlag("cpu-count", WindowsOnly), new RefusedFlag("cpu-percent", WindowsOnly),
        new RefusedFlag("io-maxbandwidth", WindowsOnly), new RefusedFlag("io-maxiops", WindowsOnly),
        new RefusedFlag("gpus", "devices are given one by one with --device"),
        new RefusedFlag("ip", NoBridge), new RefusedFlag("ip6", NoBridge), new RefusedFlag("link", NoBridge),
        new RefusedFlag("link-local-ip", NoBridge), new RefusedFlag("mac-address", NoBridge), new RefusedFlag("network-alias", NoBridge),
        KernelMemory, ContentTrust,
        new RefusedFlag("runtime", "Hull is its own runtime; choose the hull with --isolation"),
        new RefusedFlag("storage-opt", "a container's writable layer has no options"),
        new RefusedFlag("use-api-socket", "there is no daemon and no socket", isSwitch: true),
        new RefusedFlag("volume-driver", "volumes are directories of this host", harmless: "local"),
    ];

    internal static IReadOnlyList<Flag> OfCreate =>
        [new RefusedFlag("attach", "it belongs to 'hull run'; 'hull start --attach' joins the streams", shortName: 'a')];

    internal static IReadOnlyList<Flag> OfStart =>
    [
        new RefusedFlag("checkpoint", "only 'hull-oci restore' restores checkpoints yet"),
        new RefusedFlag("checkpoint-dir", "only 'hull-oci restore' restores checkpoints yet"),
    ];

    internal static Flag KernelMemory => new RefusedFlag("kernel-memory", "kernels count it with --memory");

    internal static Flag ContentTrust =>
        new RefusedFlag("disable-content-trust", "there is no signature service; every byte is held to its digest", harmless: "true", isSwitch: true);

    internal static Flag Details => new RefusedFlag("details", "logs carry no details", harmless: "false", isSwitch: true);

    internal static Flag Link => new RefusedFlag("link", NoBridge, harmless: "false", isSwitch: true, shortName: 'l');

    internal static Flag Platform => new RefusedFlag("platform", HostsPlatform);

    internal static Flag Tree => new RefusedFlag("tree", "use 'hull image ls' or 'hull image inspect'", harmless: "false", isSwitch: true);

    internal static Flag NoPrune =>
        new RefusedFlag("no-prune", "an image has no parents here that could stay", harmless: "false", isSwitch: true);

    internal static Flag VolumeOption => new RefusedFlag("opt", "a volume is a directory of this host; bind another file system with --mount", shortName: 'o');
}
