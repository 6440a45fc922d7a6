namespace Hull.Runtime;

/// <summary>A task that can end for a reason its exit status does not tell.</summary>
public interface IEndExplainer
{
    /// <summary>Why it ended, one sentence; null when its process just ended. Known once <see cref="ITask.WaitAsync"/> returned.</summary>
    string? WhyEnded { get; }
}
