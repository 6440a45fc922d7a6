namespace Hull.Runtime.MicroVm;

/// <summary>Runs what waits for a guest on a thread of its own: no caller is kept, and the thread pool need not exist.</summary>
internal static class OwnThread
{
    private const int StackBytes = 256 * 1024;

    /// <summary>Starts the work; what awaits the task goes on in the same thread.</summary>
    internal static Task<T> RunAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new();
        Thread thread = new(() => Complete(work, done), StackBytes) { IsBackground = true, Name = "guest call" };
        thread.Start();
        return done.Task;
    }

    private static void Complete<T>(Func<T> work, TaskCompletionSource<T> done)
    {
        T result;
        try
        {
            result = work();
        }
        catch (Exception error)
        {
            // Whatever it is belongs to whoever awaits it.
            done.SetException(error);
            return;
        }

        done.SetResult(result);
    }
}
