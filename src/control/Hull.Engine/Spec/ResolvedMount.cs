using Hull.Engine.Settings;

namespace Hull.Engine.Spec;

/// <summary>A mount whose content has a place on the host.</summary>
/// <param name="Settings">What was asked for.</param>
/// <param name="HostPath">The content; empty for a tmpfs.</param>
internal sealed record ResolvedMount(MountSettings Settings, string HostPath);
