namespace Hull.Runtime.Container.Tests;

/// <summary>Keeps what the runtime tells.</summary>
internal sealed class TestLog : IRuntimeLog
{
    public bool IsDebug { get; init; }

    internal List<string> Steps { get; } = [];

    internal List<string> Warnings { get; } = [];

    public void Debug(string message) => Steps.Add(message);

    public void Warn(string message) => Warnings.Add(message);
}
