namespace Hull.Cli.Commands;

/// <summary>What <c>hull info</c> tells of the store and of machines.</summary>
internal sealed record InfoReport
{
    internal required int Containers { get; init; }

    internal required int Running { get; init; }

    internal required int Paused { get; init; }

    internal int Stopped => Containers - Running - Paused;

    internal required int Images { get; init; }

    internal required string Root { get; init; }

    internal required string State { get; init; }

    /// <summary>Bytes this process may use: the host's memory, or its cgroup's limit.</summary>
    internal required long Memory { get; init; }

    internal required IReadOnlyList<string> SecurityOptions { get; init; }

    /// <summary>What <c>--processor auto</c> takes here.</summary>
    internal required string Processor { get; init; }

    /// <summary>A sentence; empty when it is KVM.</summary>
    internal required string WhyNotKvm { get; init; }

    /// <summary>Version of the kernel that machines boot when none is named; empty for none.</summary>
    internal required string GuestKernel { get; init; }
}
