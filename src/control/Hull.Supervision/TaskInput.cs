using Hull.Linux;

namespace Hull.Supervision;

/// <summary>A container's standard input: a pipe or a terminal, and what does not fit into it yet.</summary>
internal sealed class TaskInput : IDisposable
{
    private readonly FileDescriptor _target;
    private readonly Epoll _epoll;
    private readonly ulong _key;
    private readonly bool _owns;
    private readonly ByteQueue _queue = new();
    private bool _waits;
    private bool _ends;
    private bool _closed;

    internal TaskInput(FileDescriptor target, Epoll epoll, ulong key, bool owns)
    {
        _target = target;
        _epoll = epoll;
        _key = key;
        _owns = owns;
    }

    internal bool IsFull => _queue.Count > 0 && !_closed;

    internal void Write(ReadOnlySpan<byte> data)
    {
        if (_closed || _ends)
        {
            return;
        }

        if (_queue.Count == 0)
        {
            if (!DescriptorIo.TryWrite(_target, data, out int count))
            {
                Close();
                return;
            }

            data = data[count..];
        }

        if (!data.IsEmpty)
        {
            _queue.Append(data);
            Watch(true);
        }
    }

    /// <summary>Ends the input once everything before is written.</summary>
    internal void End()
    {
        _ends = true;
        if (_queue.Count == 0)
        {
            Close();
        }
    }

    internal void Flush()
    {
        while (_queue.Count > 0 && !_closed)
        {
            if (!DescriptorIo.TryWrite(_target, _queue.Head, out int count))
            {
                Close();
                return;
            }

            if (count == 0)
            {
                return;
            }

            _queue.Drop(count);
        }

        Watch(false);
        if (_ends)
        {
            Close();
        }
    }

    public void Dispose() => Close();

    private void Watch(bool enabled)
    {
        if (_waits == enabled || _closed)
        {
            return;
        }

        _waits = enabled;
        if (enabled)
        {
            _epoll.Add(_target, PollEvents.Out, _key);
        }
        else
        {
            _epoll.Remove(_target);
        }
    }

    private void Close()
    {
        if (!_closed)
        {
            Watch(false);
            _closed = true;
            _queue.Drop(_queue.Count);
            if (_owns)
            {
                _target.Dispose();
            }
        }
    }
}
