namespace Hull.Benchmarks.Peers;

/// <summary>The same tiny image in Hull's and in Podman's store, both below the scratch directory.</summary>
internal sealed class Engines
{
    internal const string Image = "hull-bench:latest";

    private readonly string _hull;
    private readonly string[] _hullGlobals;
    private readonly string[] _podmanGlobals;

    internal Engines(Context context)
    {
        string archive = context.MakeRootArchive();
        _hull = context.Hull;
        _hullGlobals = ["--root", Path.Combine(context.Scratch, "hull"), "--state-dir", Path.Combine(context.Scratch, "run")];
        Context.Succeed(_hull, [.. _hullGlobals, "image", "import", archive, Image]);
        string crun = context.Runtimes.FirstOrDefault(each => each.EndsWith("crun", StringComparison.Ordinal)) ?? "crun";
        _podmanGlobals =
        [
            "--root", Path.Combine(context.Scratch, "podman"), "--runroot", Path.Combine(context.Scratch, "podman-run"),
            "--runtime", crun, "--cgroup-manager", "cgroupfs", "--events-backend", "none",
        ];
        HasPodman = File.Exists("/usr/bin/podman");
        if (HasPodman)
        {
            Context.Succeed("podman", [.. _podmanGlobals, "import", archive, "localhost/" + Image]);
        }
    }

    internal bool HasPodman { get; }

    internal string[] Names => HasPodman ? ["hull", "podman"] : ["hull"];

    /// <summary>The whole command of one engine.</summary>
    internal string[] Command(string engine, params string[] arguments) =>
        engine == "hull" ? [_hull, .. _hullGlobals, .. arguments] : ["podman", .. _podmanGlobals, .. arguments];

    /// <summary>The command that runs the image; Podman gets limits it need not raise, which hosts without CAP_SYS_RESOURCE refuse.</summary>
    internal string[] Run(string engine, params string[] arguments) => engine == "hull"
        ? Command(engine, ["run", "--network", "none", .. arguments])
        : Command(engine, ["run", "--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", .. arguments]);

    /// <summary>The image's name in that engine.</summary>
    internal static string ImageOf(string engine) => engine == "hull" ? Image : "localhost/" + Image;
}
