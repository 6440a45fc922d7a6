using Hull.Runtime.Container;

namespace Hull.Cli.Machines;

/// <summary>The processes of one machine, children of this one; disposing leaves them alone.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Files">The server of its shares; null when nothing is shared.</param>
internal sealed record VmProcesses(ContainerTask Machine, ContainerTask? Files) : IDisposable
{
    /// <summary>Waits until they ended: the machine's end is the other's.</summary>
    internal void Wait()
    {
        _ = Machine.Wait();
        _ = Files?.Wait();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Machine.Dispose();
        Files?.Dispose();
    }
}
