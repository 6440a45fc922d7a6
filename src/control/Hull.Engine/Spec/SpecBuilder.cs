using Hull.Engine.Settings;
using Hull.Oci.Runtime;
using Hull.Runtime.Security;

namespace Hull.Engine.Spec;

/// <summary>Compiles a container's settings to an OCI runtime specification with Docker's defaults.</summary>
/// <remarks>Source: OCI runtime specification 1.2; Docker Engine API v1.51 for what each setting means.</remarks>
internal static partial class SpecBuilder
{
    private const string DefaultCgroupParent = "/hull";

    internal static RuntimeSpec Build(SpecContext context)
    {
        ContainerSettings settings = context.Row.Settings;
        SecurityPlan security = SecurityPlan.From(settings.Security);
        bool hostUts = settings.Namespaces.Uts == "host";
        return new RuntimeSpec
        {
            Root = new RootSpec { Path = context.Root.Path, Readonly = settings.Security.ReadOnlyRoot },
            Process = BuildProcess(context, security),
            Hostname = hostUts ? null : HostnameOf(context),
            Domainname = hostUts || string.IsNullOrEmpty(settings.Domainname) ? null : settings.Domainname,
            Mounts = BuildMounts(context, security),
            Annotations = settings.Annotations.Count > 0 ? settings.Annotations : null,
            Linux = new LinuxSpec
            {
                Namespaces = BuildNamespaces(context),
                Resources = BuildResources(context, security),
                CgroupsPath = $"{settings.Resources.CgroupParent ?? DefaultCgroupParent}/{context.Row.Id}",
                Devices = BuildDevices(context),
                Seccomp = security.Seccomp,
                Sysctl = BuildSysctls(settings),
                MaskedPaths = security.SystemPathsVisible ? null : DefaultContainerPosture.MaskedPaths,
                ReadonlyPaths = security.SystemPathsVisible ? null : DefaultContainerPosture.ReadonlyPaths,
                MountLabel = security.MountLabel,
                RootfsPropagation = PropagationOf(context),
            },
        };
    }

    internal static string HostnameOf(SpecContext context)
    {
        ContainerSettings settings = context.Row.Settings;
        return settings.Namespaces is { Uts: "host" } or { Network: "host" } && settings.Hostname is null
            ? Environment.MachineName
            : settings.Hostname ?? context.Row.Id[..12];
    }

    private static ProcessSpec BuildProcess(SpecContext context, SecurityPlan security)
    {
        ContainerSettings settings = context.Row.Settings;
        (UserSpec user, string home) = UserResolver.Resolve(context.Root, settings.User ?? "", settings.Groups);
        List<string> arguments = [.. settings.Entrypoint ?? [], .. settings.Command ?? []];
        if (arguments.Count == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"No command was given, and the image '{context.Row.Image}' has none.");
        }

        if (settings.Init)
        {
            arguments.InsertRange(0, [InitProgram.Target, "--"]);
        }

        return new ProcessSpec
        {
            Terminal = settings.Terminal,
            User = user,
            Args = arguments,
            Env = BuildEnvironment(settings, HostnameOf(context), home),
            Cwd = string.IsNullOrEmpty(settings.WorkingDirectory) ? "/" : settings.WorkingDirectory,
            Capabilities = security.CapabilitiesFor(user.Uid),
            // The runtime takes each limit once; as with Docker the last one of a name counts.
            Rlimits = settings.Resources.Ulimits.Count > 0
                ? [.. settings.Resources.Ulimits.Select(OptionText.ParseUlimit).Reverse().DistinctBy(limit => limit.Type).Reverse()]
                : null,
            NoNewPrivileges = security.NoNewPrivileges,
            ApparmorProfile = security.ApparmorProfile,
            SelinuxLabel = security.ProcessLabel,
            OomScoreAdj = settings.Resources.OomScoreAdjust,
        };
    }

    // Docker's order: PATH, HOSTNAME, TERM, then the image's and the user's, and HOME when nobody set it.
    internal static List<string> BuildEnvironment(ContainerSettings settings, string hostname, string home)
    {
        List<string> environment = [];
        Add(environment, DefaultContainerPosture.SearchPath);
        Add(environment, $"HOSTNAME={hostname}");
        if (settings.Terminal)
        {
            Add(environment, "TERM=xterm");
        }

        foreach (string variable in settings.Environment)
        {
            Add(environment, variable);
        }

        if (SystemContainer.Is(settings))
        {
            SystemContainer.AddEnvironment(environment);
        }

        if (!environment.Exists(variable => variable.StartsWith("HOME=", StringComparison.Ordinal)))
        {
            environment.Add($"HOME={home}");
        }

        return environment;
    }

    private static void Add(List<string> environment, string variable)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        string prefix = variable[..(equals + 1)];
        int at = equals < 0 ? -1 : environment.FindIndex(other => other.StartsWith(prefix, StringComparison.Ordinal));
        if (at >= 0)
        {
            environment[at] = variable;
        }
        else
        {
            environment.Add(variable);
        }
    }

    private static Dictionary<string, string>? BuildSysctls(ContainerSettings settings)
    {
        Dictionary<string, string> sysctls = new(settings.Security.Sysctls, StringComparer.Ordinal);
        if (settings.Namespaces.Network != "host")
        {
            // As Docker does since 20.10: an unprivileged program in its own network may use any port, and ping.
            sysctls.TryAdd("net.ipv4.ip_unprivileged_port_start", "0");
            sysctls.TryAdd("net.ipv4.ping_group_range", "0 2147483647");
        }
        else if (sysctls.Keys.FirstOrDefault(name => name.StartsWith("net.", StringComparison.Ordinal)) is { } name)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The sysctl '{name}' cannot be set with '--network host'.");
        }

        return sysctls.Count > 0 ? sysctls : null;
    }

    private static List<NamespaceSpec> BuildNamespaces(SpecContext context)
    {
        NamespaceSettings wanted = context.Row.Settings.Namespaces;
        List<NamespaceSpec> namespaces = [new() { Type = "mount" }];
        AddNamespace(namespaces, "network", "net", wanted.Network == "none" ? "" : wanted.Network, context);
        AddNamespace(namespaces, "pid", "pid", wanted.Pid, context);
        AddNamespace(namespaces, "ipc", "ipc", wanted.Ipc is "private" or "shareable" or "none" ? "" : wanted.Ipc, context);
        AddNamespace(namespaces, "uts", "uts", wanted.Uts, context);
        AddNamespace(namespaces, "cgroup", "cgroup", wanted.Cgroup == "private" ? "" : wanted.Cgroup, context);
        return namespaces;
    }

    private static void AddNamespace(List<NamespaceSpec> list, string type, string file, string wanted, SpecContext context)
    {
        const string OfContainer = "container:";
        if (wanted.Length == 0)
        {
            list.Add(new NamespaceSpec { Type = type });
        }
        else if (wanted.StartsWith(OfContainer, StringComparison.Ordinal))
        {
            int pid = context.ProcessOf(wanted[OfContainer.Length..]);
            list.Add(new NamespaceSpec { Type = type, Path = $"/proc/{pid}/ns/{file}" });
        }
    }
}
