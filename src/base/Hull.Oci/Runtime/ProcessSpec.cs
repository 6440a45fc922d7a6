using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>A process to start in a container.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Process".</remarks>
public sealed record ProcessSpec
{
    /// <summary>Whether standard streams are a pseudo-terminal.</summary>
    public bool Terminal { get; set; }

    /// <summary>Size of the terminal, in characters.</summary>
    public BoxSpec? ConsoleSize { get; set; }

    /// <summary>Identity of the process; root when null.</summary>
    public UserSpec? User { get; set; }

    /// <summary>Program and arguments, as for execvp(3).</summary>
    public IReadOnlyList<string>? Args { get; set; }

    /// <summary>Windows only; refused.</summary>
    public string? CommandLine { get; set; }

    /// <summary>Environment, <c>KEY=value</c>.</summary>
    public IReadOnlyList<string>? Env { get; set; }

    /// <summary>Working directory inside the container, absolute.</summary>
    public string Cwd { get; set; } = "/";

    /// <summary>Capability sets; none when null.</summary>
    public CapabilitiesSpec? Capabilities { get; set; }

    /// <summary>Resource limits of the process.</summary>
    public IReadOnlyList<RlimitSpec>? Rlimits { get; set; }

    /// <summary>Whether execve may gain no privileges.</summary>
    public bool NoNewPrivileges { get; set; }

    /// <summary>AppArmor profile the process enters on exec.</summary>
    public string? ApparmorProfile { get; set; }

    /// <summary>Out-of-memory preference, -1000 to 1000; null leaves it.</summary>
    public int? OomScoreAdj { get; set; }

    /// <summary>Scheduling policy of the process.</summary>
    public SchedulerSpec? Scheduler { get; set; }

    /// <summary>SELinux label the process enters on exec.</summary>
    public string? SelinuxLabel { get; set; }

    /// <summary>Input and output priority.</summary>
    [JsonPropertyName("ioPriority")]
    public IoPrioritySpec? IoPriority { get; set; }

    /// <summary>Processors an exec runs on, before and after it enters the cgroup.</summary>
    [JsonPropertyName("execCPUAffinity")]
    public CpuAffinitySpec? ExecCPUAffinity { get; set; }
}
