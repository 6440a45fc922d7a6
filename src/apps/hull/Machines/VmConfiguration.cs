using System.Text.Json.Serialization;

namespace Hull.Cli.Machines;

/// <summary>What a machine of <c>hull vm create</c> is made of, as it stands in its folder.</summary>
internal sealed record VmConfiguration
{
    /// <summary>The kernel's path.</summary>
    public required string Kernel { get; init; }

    /// <summary>The first file system's path.</summary>
    public string? Initramfs { get; init; }

    /// <summary>The kernel's command line.</summary>
    public required string CommandLine { get; init; }

    /// <summary>The kind of board.</summary>
    public string Board { get; init; } = "microvm";

    /// <summary>RAM.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>Packages, cores, threads, NUMA nodes.</summary>
    public required IReadOnlyList<int> Topology { get; init; }

    /// <summary>auto, interpreter or kvm.</summary>
    public required string Processor { get; init; }

    /// <summary>Whether the guest is shown what interpreter and KVM both have, so that a snapshot goes on with either.</summary>
    public bool Portable { get; init; }

    /// <summary>The disks, as <c>--disk</c> says them, with absolute paths.</summary>
    public IReadOnlyList<string> Disks { get; init; } = [];

    /// <summary>The network cards, as <c>--net</c> says them.</summary>
    public IReadOnlyList<string> Networks { get; init; } = [];

    /// <summary>Directories and files of the host, as <c>--share</c> says them, with absolute paths.</summary>
    public IReadOnlyList<string> Shares { get; init; } = [];

    /// <summary>Whether the guest unpacks its kernel itself.</summary>
    public bool KeepPacked { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }
}

/// <summary>Its JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(VmConfiguration))]
internal sealed partial class VmConfigurationJson : JsonSerializerContext;
