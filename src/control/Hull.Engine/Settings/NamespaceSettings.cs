namespace Hull.Engine.Settings;

/// <summary>What a container shares with the host or with other containers, and how names resolve in it.</summary>
public sealed record NamespaceSettings
{
    /// <summary><c>none</c> or <c>host</c>.</summary>
    public string Network { get; init; } = "none";

    /// <summary><c>private</c>, <c>shareable</c>, <c>none</c>, <c>host</c> or <c>container:NAME</c>; empty for private.</summary>
    public string Ipc { get; init; } = "";

    /// <summary><c>host</c>, <c>container:NAME</c>, or empty for private.</summary>
    public string Pid { get; init; } = "";

    /// <summary><c>host</c> or empty for private.</summary>
    public string Uts { get; init; } = "";

    /// <summary><c>host</c> or empty: no user namespace.</summary>
    public string User { get; init; } = "";

    /// <summary><c>private</c>, <c>host</c> or empty for private.</summary>
    public string Cgroup { get; init; } = "";

    /// <summary>Lines of <c>/etc/hosts</c>, <c>HOST:IP</c>.</summary>
    public IReadOnlyList<string> AddedHosts { get; init; } = [];

    /// <summary>Name servers; none for the host's.</summary>
    public IReadOnlyList<string> Dns { get; init; } = [];

    /// <summary>Search domains.</summary>
    public IReadOnlyList<string> DnsSearch { get; init; } = [];

    /// <summary>Resolver options.</summary>
    public IReadOnlyList<string> DnsOptions { get; init; } = [];
}
