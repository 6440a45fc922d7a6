namespace Hull.OciCli;

/// <summary>One command: how it is called, what it knows, what it does.</summary>
/// <param name="Name">Its word.</param>
/// <param name="Summary">What it does, in a line.</param>
/// <param name="Operands">What follows its options.</param>
/// <param name="Options">Its options.</param>
/// <param name="Run">Does it and returns the exit status.</param>
internal sealed record Command(
    string Name, string Summary, string Operands, OptionTable Options, Func<GlobalOptions, Arguments, int> Run)
{
    /// <summary>Whether everything behind the first operand is an operand, dashes and all.</summary>
    internal bool StopsAtOperand { get; init; }
}
