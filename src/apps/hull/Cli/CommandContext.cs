using Hull.Engine;

namespace Hull.Cli;

/// <summary>What a running command works with.</summary>
internal sealed class CommandContext : IDisposable
{
    private readonly Lazy<HullEngine> _engine;

    internal CommandContext(
        Command command, IReadOnlyList<string> arguments, EnginePaths paths, Func<HullEngine> engine, TextWriter output, TextWriter error,
        CancellationToken cancellation)
    {
        Command = command;
        Arguments = arguments;
        Paths = paths;
        Output = output;
        Error = error;
        Cancellation = cancellation;
        _engine = new Lazy<HullEngine>(engine);
    }

    internal Command Command { get; }

    internal IReadOnlyList<string> Arguments { get; }

    /// <summary>Where Hull keeps things, for commands that need no engine.</summary>
    internal EnginePaths Paths { get; }

    internal TextWriter Output { get; }

    internal TextWriter Error { get; }

    internal CancellationToken Cancellation { get; }

    internal HullEngine Engine => _engine.Value;

    /// <summary>Runs one step for each argument and goes on after a failure, as Docker does.</summary>
    /// <returns>0, or 1 when a step failed.</returns>
    internal async Task<int> ForEachAsync(Func<string, Task> step)
    {
        int code = 0;
        foreach (string argument in Arguments)
        {
            try
            {
                await step(argument);
            }
            catch (HullException error)
            {
                Printable.Complain(Error, error.Message);
                code = 1;
            }
        }

        return code;
    }

    /// <summary>Runs one step for each argument, prints the argument, and goes on after a failure.</summary>
    internal Task<int> ForEach(Action<string> step) => ForEachAsync(argument =>
    {
        step(argument);
        Output.WriteLine(argument);
        return Task.CompletedTask;
    });

    public void Dispose()
    {
        if (_engine.IsValueCreated)
        {
            _engine.Value.Dispose();
        }
    }
}
