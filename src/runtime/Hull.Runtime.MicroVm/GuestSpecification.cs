using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.MicroVm;

/// <summary>Rewrites a bundle's specification for a guest: what it names of the host becomes a share, or is refused.</summary>
internal sealed class GuestSpecification
{
    private static readonly string[] s_ownNamespaces = ["mount", "network", "pid", "ipc", "uts"];
    private static readonly string[] s_passingOn = ["shared", "rshared", "slave", "rslave"];

    private readonly List<ShareOrder> _shares = [];

    private GuestSpecification(RuntimeSpec spec, bool hasRootDisk)
    {
        Check(spec);
        Spec = spec with
        {
            Root = (spec.Root ?? new RootSpec()) with
            {
                Path = hasRootDisk ? AgentProtocol.DiskRoot : $"{AgentProtocol.ShareDirectory}/{AgentProtocol.RootShare}",
            },
            Process = spec.Process is null ? null : HostLimits.Complete(spec.Process),
            Mounts = spec.Mounts is null ? null : [.. spec.Mounts.Select(Translate)],
        };
    }

    /// <summary>What the guest's container library takes.</summary>
    internal RuntimeSpec Spec { get; }

    /// <summary>What the guest must see besides its root.</summary>
    internal IReadOnlyList<ShareOrder> Shares => _shares;

    /// <summary>Rewrites a specification.</summary>
    /// <param name="spec">The specification.</param>
    /// <param name="hasRootDisk">Whether the root is on a disk of the machine.</param>
    /// <exception cref="HullException">It asks for something that a microVM does not have.</exception>
    internal static GuestSpecification From(RuntimeSpec spec, bool hasRootDisk = false) => new(spec, hasRootDisk);

    private static void Check(RuntimeSpec spec)
    {
        IReadOnlyList<NamespaceSpec> namespaces = spec.Linux?.Namespaces ?? [];
        foreach (NamespaceSpec joined in namespaces.Where(one => !string.IsNullOrEmpty(one.Path)))
        {
            throw Refuse($"join the {joined.Type} namespace of another container");
        }

        foreach (string type in s_ownNamespaces.Where(type => !namespaces.Any(one => one.Type == type)))
        {
            throw Refuse($"use the host's {type} namespace");
        }

        Refuse(spec.Linux?.Devices is { Count: > 0 }, "be given devices of the host");
        Refuse(spec.Linux?.NetDevices is { Count: > 0 }, "be given network devices of the host");
        Refuse(spec.Linux?.IntelRdt is not null, "have a share of the host's cache");
        Refuse(spec.Linux?.MountLabel is not null || spec.Process?.SelinuxLabel is not null, "carry SELinux labels");
        Refuse(spec.Process?.ApparmorProfile is not null, "have an AppArmor profile");
        Refuse(spec.Linux?.Seccomp?.ListenerPath is not null, "have a seccomp agent of the host");
        Refuse(spec.Hooks is not null, "run hooks");
        LinuxResources? resources = spec.Linux?.Resources;
        Refuse(!string.IsNullOrEmpty(resources?.Cpu?.Cpus) || !string.IsNullOrEmpty(resources?.Cpu?.Mems), "be bound to processors of the host");
        BoxedBlockLimits(resources?.BlockIO);
    }

    private static void BoxedBlockLimits(BlockIoSpec? limits) => Refuse(
        limits is { WeightDevice.Count: > 0 } or { ThrottleReadBpsDevice.Count: > 0 } or { ThrottleWriteBpsDevice.Count: > 0 }
            or { ThrottleReadIOPSDevice.Count: > 0 } or { ThrottleWriteIOPSDevice.Count: > 0 },
        "limit devices of the host");

    private MountSpec Translate(MountSpec mount)
    {
        IReadOnlyList<string> options = mount.Options ?? [];
        bool isBind = mount.Type == "bind" || options.Contains("bind") || options.Contains("rbind");
        if (!isBind)
        {
            return mount;
        }

        Refuse(options.Any(s_passingOn.Contains), "pass mounts on to the host or see later ones");
        Refuse(mount.UidMappings is { Count: > 0 } || mount.GidMappings is { Count: > 0 }, "map the owners of a mount");
        string source = mount.Source ?? "";
        bool isThere = HostFile.TryStat(source, out HostFileStatus status) == Errno.None;
        if (!isThere || (status.Mode & NodeStatus.TypeMask) is not (NodeStatus.Directory or NodeStatus.Regular))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"'{source}' cannot be mounted in a microVM: it is not a directory or file.");
        }

        string name = "m" + _shares.Count.ToString(CultureInfo.InvariantCulture);
        _shares.Add(new ShareOrder(name, source, options.Contains("ro") || options.Contains("rro")));
        return mount with { Source = $"{AgentProtocol.ShareDirectory}/{name}" };
    }

    private static void Refuse(bool isAsked, string what)
    {
        if (isAsked)
        {
            throw Refuse(what);
        }
    }

    private static HullException Refuse(string what) =>
        new(ErrorKind.Unimplemented, $"A microVM cannot {what}: leave that option out or use '--isolation container'.");
}
