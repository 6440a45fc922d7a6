namespace Hull.Runtime.MicroVm;

/// <summary>What the process that is a machine is told; written before it starts (<c>machine.json</c>).</summary>
public sealed record MachineProcessOrders
{
    /// <summary>What it is made of.</summary>
    public required MachineOrders Machine { get; init; }

    /// <summary>Where the container's root comes from.</summary>
    public required RootFilesystem Root { get; init; }

    /// <summary>What else of the host the guest sees.</summary>
    public IReadOnlyList<ShareOrder> Shares { get; init; } = [];

    /// <summary>Whether the machine's process was handed /dev/kvm.</summary>
    public bool HasKvm { get; init; }
}
