using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary><c>create</c>, <c>start</c> and <c>delete</c> of a static <c>true</c>, as engines drive a runtime.</summary>
internal sealed class OciLifeCase : ICase
{
    private const int Rounds = 40;

    /// <inheritdoc/>
    public string Name => "oci-life";

    /// <inheritdoc/>
    public string Question => "create + start + delete --force of a static true, same bundle";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        string bundle = context.MakeBundle("oci-life");
        Report report = new(context.Runtimes);
        int number = 0;
        report.Measure(Rounds, runtime =>
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"hull-life-{Environment.ProcessId}-{number++}");
            Sample create = Spawn.Run(runtime, "create", "--bundle", bundle, id);
            Sample start = Spawn.Run(runtime, "start", id);
            Sample delete = Spawn.Run(runtime, "delete", "--force", id);
            return new Sample(
                create.WallMs + start.WallMs + delete.WallMs,
                create.CpuMs + start.CpuMs + delete.CpuMs,
                create.Status | start.Status | delete.Status);
        });
        report.Print();
    }
}
