using Hull.Oci.Runtime;

namespace Hull.Runtime.MicroVm;

/// <summary>A request to the guest's agent. See docs/machine/agent.md.</summary>
public sealed record AgentRequest
{
    /// <summary>What is asked.</summary>
    public AgentVerb Verb { get; init; }

    /// <summary><see cref="AgentVerb.Create"/>: the container's identifier.</summary>
    public string? Id { get; init; }

    /// <summary><see cref="AgentVerb.Create"/>: what to run and how to contain it.</summary>
    public RuntimeSpec? Spec { get; init; }

    /// <summary><see cref="AgentVerb.Exec"/>: what to run.</summary>
    public ProcessSpec? Process { get; init; }

    /// <summary><see cref="AgentVerb.Update"/>: the limits.</summary>
    public LinuxResources? Resources { get; init; }

    /// <summary><see cref="AgentVerb.Signal"/>: its number.</summary>
    public int Signal { get; init; }

    /// <summary><see cref="AgentVerb.Signal"/>: whether every process gets it.</summary>
    public bool All { get; init; }

    /// <summary><see cref="AgentVerb.Processes"/>: the number that theirs are above.</summary>
    public int Above { get; init; }

    /// <summary><see cref="AgentVerb.ReadFiles"/>, <see cref="AgentVerb.WriteFiles"/>: where, from the container's root.</summary>
    public string? Path { get; init; }

    /// <summary><see cref="AgentVerb.ReadFiles"/>: whether a symbolic link stands for what it leads to.</summary>
    public bool FollowsLink { get; init; }

    /// <summary><see cref="AgentVerb.WriteFiles"/>: what arrives; null for entries that are taken as they are.</summary>
    public TransferredFile? Arrival { get; init; }

    /// <summary><see cref="AgentVerb.Resize"/>: lines.</summary>
    public int Rows { get; init; }

    /// <summary><see cref="AgentVerb.Resize"/>: columns.</summary>
    public int Columns { get; init; }
}
