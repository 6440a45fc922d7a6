namespace Hull.Runtime;

/// <summary>What a microVM is made of, besides its bundle.</summary>
public sealed record MachineOrders
{
    /// <summary>Where the runtime keeps its facts about microVMs; dies with the boot.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>The program that is a machine (<c>hull-machine</c>).</summary>
    public required string Program { get; init; }

    /// <summary>The guest's kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>The directory of the kernel's modules, <c>lib/modules/VERSION</c>.</summary>
    public required string Modules { get; init; }

    /// <summary>The guest's first program (<c>hull-guest</c>).</summary>
    public required string Agent { get; init; }

    /// <summary>RAM of the machine, bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Virtual processors.</summary>
    public required int Processors { get; init; }

    /// <summary>The disk the container's root is on; null when the root is shared with the host.</summary>
    public RootDisk? RootDisk { get; init; }

    /// <summary>What runs them: <c>auto</c>, <c>interpreter</c>, <c>kvm</c>.</summary>
    public string Processor { get; init; } = "auto";

    /// <summary>Milliseconds until the guest must have answered, or its machine is ended; 0 for no limit.</summary>
    public long BootTimeoutMs { get; init; } = DefaultBootTimeoutMs;

    /// <summary>Twenty times what the interpreter takes on a quiet host.</summary>
    public const long DefaultBootTimeoutMs = 120_000;
}
