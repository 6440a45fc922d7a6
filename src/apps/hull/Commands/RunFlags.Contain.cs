using Hull.Engine.Settings;

namespace Hull.Cli.Commands;

/// <content>Limits, privileges, namespaces.</content>
internal sealed partial class RunFlags
{
    private readonly LimitFlags _limits = new();
    private readonly NumberFlag _swappiness = new("memory-swappiness", '\0', "N", "How readily the kernel swaps, 0 to 100.");
    private readonly SwitchFlag _oomDisable = new("oom-kill-disable", '\0', "Wait instead of killing when memory is short.");
    private readonly NumberFlag _oomScore = new("oom-score-adj", '\0', "N", "Preference of the out-of-memory killer, -1000 to 1000.");
    private readonly ListFlag _weightDevice = new("blkio-weight-device", '\0', "DEV:N", "Weight of one device.");
    private readonly ListFlag _readBps = new("device-read-bps", '\0', "DEV:SIZE", "Most bytes read from a device in a second.");
    private readonly ListFlag _writeBps = new("device-write-bps", '\0', "DEV:SIZE", "Most bytes written to a device in a second.");
    private readonly ListFlag _readIops = new("device-read-iops", '\0', "DEV:N", "Most reads of a device in a second.");
    private readonly ListFlag _writeIops = new("device-write-iops", '\0', "DEV:N", "Most writes to a device in a second.");
    private readonly ListFlag _deviceRule = new("device-cgroup-rule", '\0', "RULE", "Allow devices by number: 'c 1:3 rwm'.");
    private readonly ListFlag _ulimit = new("ulimit", '\0', "NAME=SOFT[:HARD]", "Process limit, such as nofile=1024:2048.");
    private readonly TextFlag _cgroupParent = new("cgroup-parent", '\0', "PATH", "Cgroup above the container's.");

    private readonly SwitchFlag _privileged = new("privileged", '\0', "Give every capability and device and no filter: only for programs you trust like root.");
    private readonly SwitchFlag _readOnly = new("read-only", '\0', "Make the root read-only.");
    private readonly ListFlag _capAdd = new("cap-add", '\0', "CAPABILITY", "Add a capability, or ALL.");
    private readonly ListFlag _capDrop = new("cap-drop", '\0', "CAPABILITY", "Drop a capability, or ALL.");
    private readonly ListFlag _securityOpt = new("security-opt", '\0', "OPTION", "no-new-privileges, seccomp=FILE|unconfined, apparmor=NAME, label=…, systempaths=unconfined.");
    private readonly ListFlag _sysctl = new("sysctl", '\0', "NAME=VALUE", "Kernel parameter of the container's namespaces.");

    private readonly TextFlag _network = new("network", '\0', "MODE", "none (loopback only, the default for now), host, or container:NAME.");
    private readonly TextFlag _net = new("net", '\0', "MODE", "Same as --network.") { IsHidden = true };
    private readonly TextFlag _ipc = new("ipc", '\0', "MODE", "private, none, host, or container:NAME.");
    private readonly TextFlag _pid = new("pid", '\0', "MODE", "host or container:NAME; private without it.");
    private readonly TextFlag _uts = new("uts", '\0', "MODE", "host; private without it.");
    private readonly TextFlag _userns = new("userns", '\0', "MODE", "host: no user namespace, which is also the default.");
    private readonly TextFlag _cgroupns = new("cgroupns", '\0', "MODE", "private or host.");
    private readonly ListFlag _addHost = new("add-host", '\0', "HOST:IP", "Add a line to /etc/hosts.");
    private readonly ListFlag _dns = new("dns", '\0', "IP", "Name server.");
    private readonly ListFlag _dnsSearch = new("dns-search", '\0', "DOMAIN", "Search domain.");
    private readonly ListFlag _dnsOption = new("dns-option", '\0', "OPTION", "Resolver option.");

    private IReadOnlyList<Flag> LimitFlags =>
    [
        .. _limits.All, _swappiness, _oomDisable, _oomScore, _weightDevice, _readBps, _writeBps, _readIops, _writeIops, _deviceRule,
        _ulimit, _cgroupParent,
    ];

    private IReadOnlyList<Flag> SecurityFlags => [_privileged, _readOnly, _capAdd, _capDrop, _securityOpt, _sysctl];

    private IReadOnlyList<Flag> NamespaceFlags =>
        [_network, _net, _ipc, _pid, _uts, _userns, _cgroupns, _addHost, _dns, _dnsSearch, _dnsOption];

    private ResourceSettings ReadLimits() => _limits.Apply(new ResourceSettings()) with
    {
        MemorySwappiness = (int?)_swappiness.Value,
        OomKillDisable = _oomDisable.Value,
        OomScoreAdjust = (int?)_oomScore.Value,
        BlockIoWeightDevices = _weightDevice.Values,
        DeviceReadBps = _readBps.Values,
        DeviceWriteBps = _writeBps.Values,
        DeviceReadIops = _readIops.Values,
        DeviceWriteIops = _writeIops.Values,
        DeviceCgroupRules = _deviceRule.Values,
        Ulimits = _ulimit.Values,
        CgroupParent = _cgroupParent.Value is { } parent ? "/" + parent.Trim('/') : null,
    };

    private SecuritySettings ReadSecurity() => new()
    {
        Privileged = _privileged.Value,
        ReadOnlyRoot = _readOnly.Value,
        AddedCapabilities = _capAdd.Values,
        DroppedCapabilities = _capDrop.Values,
        Options = [.. _securityOpt.Values.Select(ReadSecurityOption)],
        Sysctls = Pairs.Read(_sysctl.Values),
    };

    private NamespaceSettings ReadNamespaces() => new()
    {
        Network = Mode(_network.Value ?? _net.Value, "network", "none", ["none", "host"], joins: true),
        Ipc = Mode(_ipc.Value, "ipc", "", ["private", "shareable", "none", "host"], joins: true),
        Pid = Mode(_pid.Value, "pid", "", ["host", "private"], joins: true).Replace("private", "", StringComparison.Ordinal),
        Uts = Mode(_uts.Value, "uts", "", ["host", "private"], joins: false).Replace("private", "", StringComparison.Ordinal),
        User = Mode(_userns.Value, "userns", "", ["host"], joins: false),
        Cgroup = Mode(_cgroupns.Value, "cgroupns", "", ["private", "host"], joins: false),
        AddedHosts = _addHost.Values,
        Dns = _dns.Values,
        DnsSearch = _dnsSearch.Values,
        DnsOptions = _dnsOption.Values,
    };

    private static string Mode(string? value, string option, string fallback, ReadOnlySpan<string> allowed, bool joins)
    {
        if (string.IsNullOrEmpty(value))
        {
            return fallback;
        }

        return allowed.Contains(value) || (joins && value.StartsWith("container:", StringComparison.Ordinal) && value.Length > "container:".Length)
            ? value
            : throw new HullException(
                ErrorKind.InvalidArgument,
                $"'--{option} {value}' is not supported: use {string.Join(", ", allowed.ToArray())}{(joins ? " or container:NAME" : "")}.");
    }

    // The profile is read here: the engine may run where the caller's files are not.
    private static string ReadSecurityOption(string option)
    {
        const string Seccomp = "seccomp";
        if (!option.StartsWith(Seccomp + "=", StringComparison.Ordinal) && !option.StartsWith(Seccomp + ":", StringComparison.Ordinal))
        {
            return option;
        }

        string file = option[(Seccomp.Length + 1)..];
        return file is "unconfined" or "builtin" or "default" ? $"seccomp={file}" : $"seccomp={Pairs.ReadFile(file)}";
    }
}
