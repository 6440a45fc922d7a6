namespace Hull.Fuzz;

/// <summary>A reader of foreign bytes under test: any input must give an answer or a refusal, soon.</summary>
/// <remarks>To add one: implement this in Targets/ and name it in <see cref="FuzzTargets"/>.</remarks>
internal interface IFuzzTarget
{
    /// <summary>The name on the command line.</summary>
    string Name { get; }

    /// <summary>Inputs to begin with; the more of the format they show, the deeper the mutations reach.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>Words of the format, which mutations put in.</summary>
    IReadOnlyList<string> Words => [];

    /// <summary>What the inputs so far added up to, where their number alone says little; else null.</summary>
    string? Tally => null;

    /// <summary>Feeds one input. Whatever it throws beside <see cref="HullException"/> is a finding.</summary>
    void Run(ReadOnlyMemory<byte> input);
}
