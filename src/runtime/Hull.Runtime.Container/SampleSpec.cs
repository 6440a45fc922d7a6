using Hull.Oci.Runtime;
using Hull.Runtime.Security;

namespace Hull.Runtime.Container;

/// <summary>The configuration to start writing one's own from: a shell with few rights.</summary>
/// <remarks>The same as runc's, so that scripts which edit it keep working.</remarks>
public static class SampleSpec
{
    private const ulong OpenFiles = 1024;

    /// <summary>Makes the configuration of a container that root runs.</summary>
    /// <param name="hasUnifiedCgroups">Whether the host's cgroups are version 2 only; then the container gets a cgroup namespace.</param>
    public static RuntimeSpec Make(bool hasUnifiedCgroups)
    {
        IReadOnlyList<string> capabilities =
            CapabilitySet.Of(Capability.AuditWrite, Capability.Kill, Capability.NetBindService).ToNames();
        return new RuntimeSpec
        {
            OciVersion = RuntimeFeatures.NewestVersion,
            Process = new ProcessSpec
            {
                Terminal = true,
                User = new UserSpec(),
                Args = ["sh"],
                Env = [DefaultContainerPosture.SearchPath, "TERM=xterm"],
                Capabilities = new CapabilitiesSpec { Bounding = capabilities, Effective = capabilities, Permitted = capabilities },
                Rlimits = [new RlimitSpec { Type = "RLIMIT_NOFILE", Hard = OpenFiles, Soft = OpenFiles }],
                NoNewPrivileges = true,
            },
            Root = new RootSpec { Path = "rootfs", Readonly = true },
            Hostname = "hull",
            Mounts = DefaultContainerPosture.Mounts,
            Linux = new LinuxSpec
            {
                Resources = new LinuxResources { Devices = [new DeviceRuleSpec { Allow = false, Access = "rwm" }] },
                Namespaces = [.. DefaultContainerPosture.Namespaces.Where(space => hasUnifiedCgroups || space.Type != "cgroup")],
                MaskedPaths = DefaultContainerPosture.MaskedPaths,
                ReadonlyPaths = DefaultContainerPosture.ReadonlyPaths,
            },
        };
    }

    /// <summary>Changes the configuration to what a user without privileges may run.</summary>
    public static void MakeRootless(RuntimeSpec spec, uint userId, uint groupId)
    {
        ArgumentNullException.ThrowIfNull(spec);
        LinuxSpec linux = spec.Linux ??= new LinuxSpec();
        List<NamespaceSpec> namespaces = [.. (linux.Namespaces ?? []).Where(space => space.Type is not ("network" or "user"))];
        namespaces.Add(new NamespaceSpec { Type = "user" });
        linux.Namespaces = namespaces;
        linux.UidMappings = [new IdMappingSpec { ContainerID = 0, HostID = userId, Size = 1 }];
        linux.GidMappings = [new IdMappingSpec { ContainerID = 0, HostID = groupId, Size = 1 }];
        linux.Resources = null;
        spec.Mounts = [.. (spec.Mounts ?? []).Select(ForOneUser)];
    }

    // Without a network namespace of one's own sysfs cannot be mounted, and only one user and group id exists.
    private static MountSpec ForOneUser(MountSpec mount) => mount.Destination == "/sys"
        ? new MountSpec { Destination = "/sys", Type = "none", Source = "/sys", Options = ["rbind", "nosuid", "noexec", "nodev", "ro"] }
        : mount with { Options = mount.Options is null ? null : [.. mount.Options.Where(IsForOneUser)] };

    private static bool IsForOneUser(string option) =>
        !option.StartsWith("gid=", StringComparison.Ordinal) && !option.StartsWith("uid=", StringComparison.Ordinal);
}
