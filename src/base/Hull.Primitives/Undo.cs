namespace Hull;

/// <summary>Takes back the finished steps of an operation, last first, unless <see cref="Keep"/> was called.</summary>
/// <remarks>
/// Write each undo next to its do. A step that fails is reported, never thrown: the exception that started the
/// undoing is the one the caller needs. Not thread-safe.
/// </remarks>
/// <param name="stepFailed">Told about each undo step that failed; must not throw.</param>
public sealed class Undo(Action<Exception> stepFailed) : IDisposable
{
    private readonly Stack<Action> _steps = [];

    /// <summary>Remembers how to take back the step that just succeeded.</summary>
    public void Add(Action step) => _steps.Push(step);

    /// <summary>The operation succeeded: nothing will be taken back.</summary>
    public void Keep() => _steps.Clear();

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_steps.TryPop(out Action? step))
        {
            try
            {
                step();
            }
            catch (Exception error)
            {
                stepFailed(error);
            }
        }
    }
}
