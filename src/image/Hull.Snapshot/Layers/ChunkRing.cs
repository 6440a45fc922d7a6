using System.Buffers;

namespace Hull.Snapshot.Layers;

/// <summary>Hands the same chunks of a stream from one producing thread to several consuming ones, in order.</summary>
/// <remarks>
/// A fixed number of pooled buffers: the producer waits for the slowest consumer. Any side may fail the ring; everybody
/// else then gets that failure from its next call. Dispose only after every thread has left.
/// </remarks>
internal sealed class ChunkRing : IDisposable
{
    internal const int ChunkBytes = 512 * 1024;
    private const int Slots = 8;

    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim[] _wakeUps;
    private readonly byte[]?[] _buffers = new byte[Slots][];
    private readonly int[] _lengths = new int[Slots];
    private readonly long[] _taken;
    private long _produced;
    private bool _ended;
    private Exception? _failure;

    internal ChunkRing(int consumers)
    {
        _taken = new long[consumers];
        _wakeUps = new ManualResetEventSlim[consumers + 1];
        for (int i = 0; i < _wakeUps.Length; i++)
        {
            // No spinning: a wait here is as long as a chunk takes, and the other threads want the processor.
            _wakeUps[i] = new ManualResetEventSlim(initialState: false, spinCount: 0);
        }
    }

    /// <summary>What made the ring fail; null as long as nothing did.</summary>
    internal Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>The next buffer to fill; waits until every consumer has passed it.</summary>
    /// <returns>Null when the ring failed.</returns>
    internal byte[]? BeginFill()
    {
        ManualResetEventSlim wakeUp = _wakeUps[^1];
        while (true)
        {
            lock (_gate)
            {
                if (_failure is not null)
                {
                    return null;
                }

                if (_produced - Slowest() < Slots)
                {
                    int slot = (int)(_produced % Slots);
                    return _buffers[slot] ??= ArrayPool<byte>.Shared.Rent(ChunkBytes);
                }

                wakeUp.Reset();
            }

            wakeUp.Wait();
        }
    }

    /// <summary>Publishes the buffer that was filled; less than a whole chunk ends the stream.</summary>
    internal void EndFill(int length)
    {
        lock (_gate)
        {
            _lengths[_produced % Slots] = length;
            if (length > 0)
            {
                _produced++;
            }

            _ended = length < ChunkBytes;
            WakeAll();
        }
    }

    /// <summary>Gives one consumer its next chunk; the one before it is free again.</summary>
    /// <param name="consumer">Which consumer, from 0.</param>
    /// <param name="held">Whether the consumer still holds the chunk before.</param>
    /// <returns>Empty at the end of the stream.</returns>
    internal ReadOnlyMemory<byte> Take(int consumer, bool held)
    {
        ManualResetEventSlim wakeUp = _wakeUps[consumer];
        bool release = held;
        while (true)
        {
            lock (_gate)
            {
                if (release)
                {
                    release = false;
                    _taken[consumer]++;
                    _wakeUps[^1].Set();
                }

                if (_failure is not null)
                {
                    throw new OperationCanceledException("The other side of the pipeline failed.", _failure);
                }

                if (_taken[consumer] < _produced)
                {
                    int slot = (int)(_taken[consumer] % Slots);
                    return _buffers[slot].AsMemory(0, _lengths[slot]);
                }

                if (_ended)
                {
                    return default;
                }

                wakeUp.Reset();
            }

            wakeUp.Wait();
        }
    }

    /// <summary>Makes every side stop; the first failure counts.</summary>
    internal void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            WakeAll();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ManualResetEventSlim wakeUp in _wakeUps)
        {
            wakeUp.Dispose();
        }

        foreach (byte[]? buffer in _buffers)
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private long Slowest()
    {
        long slowest = long.MaxValue;
        foreach (long taken in _taken)
        {
            slowest = Math.Min(slowest, taken);
        }

        return slowest;
    }

    private void WakeAll()
    {
        foreach (ManualResetEventSlim wakeUp in _wakeUps)
        {
            wakeUp.Set();
        }
    }
}
