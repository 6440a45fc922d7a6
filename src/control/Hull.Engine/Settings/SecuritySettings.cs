namespace Hull.Engine.Settings;

/// <summary>Privileges of a container and their limits.</summary>
public sealed record SecuritySettings
{
    /// <summary>Whether it has every capability and device and no filter.</summary>
    public bool Privileged { get; init; }

    /// <summary>Whether its root cannot be written.</summary>
    public bool ReadOnlyRoot { get; init; }

    /// <summary>Capabilities added to the default, with or without <c>CAP_</c>; <c>ALL</c> for all.</summary>
    public IReadOnlyList<string> AddedCapabilities { get; init; } = [];

    /// <summary>Capabilities taken from the default.</summary>
    public IReadOnlyList<string> DroppedCapabilities { get; init; } = [];

    /// <summary><c>seccomp=…</c>, <c>no-new-privileges</c>, <c>apparmor=…</c>, <c>label=…</c>, <c>systempaths=unconfined</c>.</summary>
    public IReadOnlyList<string> Options { get; init; } = [];

    /// <summary>Kernel parameters of the container's namespaces.</summary>
    public IReadOnlyDictionary<string, string> Sysctls { get; init; } = new Dictionary<string, string>();
}
