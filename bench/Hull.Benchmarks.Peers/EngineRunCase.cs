namespace Hull.Benchmarks.Peers;

/// <summary><c>hull run --rm IMAGE true</c> against <c>podman run --rm</c> with crun.</summary>
internal sealed class EngineRunCase : ICase
{
    private const int Rounds = 30;

    /// <inheritdoc/>
    public string Name => "engine-run";

    /// <inheritdoc/>
    public string Question => "run --rm --network none of a static true through the whole engine";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        Engines engines = new(context);
        Report report = new(engines.Names);
        report.Measure(
            Rounds, engine => Spawn.Run(engines.Run(engine, "--rm", Engines.ImageOf(engine), "/bin/true")));
        report.Print();
    }
}
