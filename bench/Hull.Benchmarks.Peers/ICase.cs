namespace Hull.Benchmarks.Peers;

/// <summary>One question, answered with whole processes.</summary>
internal interface ICase
{
    /// <summary>The word after <c>./dev bench</c>.</summary>
    string Name { get; }

    /// <summary>What it measures, in half a sentence.</summary>
    string Question { get; }

    /// <summary>Measures and prints.</summary>
    void Run(Context context);
}
