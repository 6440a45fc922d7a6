using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Hull.Linux;

namespace Hull.Supervision;

/// <summary>Lets a loop go on while a runtime waits for a guest; what follows runs in the loop's thread.</summary>
internal sealed class Errands(Epoll epoll, ulong key) : IDisposable
{
    private readonly ConcurrentQueue<Action> _over = new();
    private EventFd? _bell;

    /// <summary>How many are under way.</summary>
    internal int Count { get; private set; }

    /// <summary>Calls back once the work is over: at once when it is already, else from <see cref="OnBell"/>.</summary>
    /// <param name="work">What is under way.</param>
    /// <param name="then">Is told why it failed, null when it did not. What is no <see cref="HullException"/> is thrown.</param>
    internal void Await(Task work, Action<HullException?> then)
    {
        if (work.IsCompleted)
        {
            then(FailureOf(work));
            return;
        }

        if (_bell is null)
        {
            _bell = new EventFd();
            epoll.Add(_bell.Descriptor, PollEvents.In, key);
        }

        Count++;
        _ = FollowAsync(work, then, _bell);
    }

    /// <summary>Calls back for all that are over.</summary>
    internal void OnBell()
    {
        _ = _bell?.TryTake();
        while (_over.TryDequeue(out Action? next))
        {
            Count--;
            next();
        }
    }

    public void Dispose() => _bell?.Dispose();

    private async Task FollowAsync(Task work, Action<HullException?> then, EventFd bell)
    {
        await work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _over.Enqueue(() => then(FailureOf(work)));
        try
        {
            bell.Signal();
        }
        catch (ObjectDisposedException)
        {
            // The loop has ended.
        }
    }

    private static HullException? FailureOf(Task work)
    {
        if (work.Exception?.InnerException is { } error)
        {
            if (error is HullException known)
            {
                return known;
            }

            ExceptionDispatchInfo.Throw(error);
        }

        return work.IsCanceled ? new HullException(ErrorKind.Unavailable, "The work was given up.") : null;
    }
}
