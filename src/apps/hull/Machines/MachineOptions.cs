namespace Hull.Cli.Machines;

/// <summary>What <c>hull vm run</c> was asked for.</summary>
internal sealed record MachineOptions
{
    internal required string Kernel { get; init; }

    internal string? Initramfs { get; init; }

    internal string CommandLine { get; init; } = "";

    internal required ByteSize Memory { get; init; }

    internal int Processors { get; init; } = 1;

    internal string Processor { get; init; } = "auto";

    internal IReadOnlyList<string> Disks { get; init; } = [];

    /// <summary>Whether the guest unpacks its kernel itself, which costs seconds and gives it KASLR.</summary>
    internal bool KeepPacked { get; init; }
}
