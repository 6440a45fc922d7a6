namespace Hull.Runtime;

/// <summary>A task whose processes the host's kernel does not see.</summary>
public interface IProcessLister
{
    /// <summary>The task's processes, as their own kernel shows them.</summary>
    Task<IReadOnlyList<TaskProcess>> GetProcessesAsync(CancellationToken cancellation);
}
