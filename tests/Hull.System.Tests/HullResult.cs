namespace Hull.System.Tests;

/// <summary>What a command did.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Error">Its standard error.</param>
public sealed record HullResult(int ExitCode, string Output, string Error)
{
    /// <summary>Asserts success and returns the output.</summary>
    public string Succeeds()
    {
        Assert.True(ExitCode == 0, $"exit code {ExitCode}: {Error}");
        return Output;
    }

    /// <summary>Asserts a failure with one sentence on standard error.</summary>
    public void FailsWith(int exitCode, string words)
    {
        Assert.Equal(exitCode, ExitCode);
        Assert.Contains(words, Error, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("hull: ", Error, StringComparison.Ordinal);
        Assert.Single(Error.TrimEnd('\n').Split('\n'));
    }
}
