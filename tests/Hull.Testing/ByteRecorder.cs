using System.Diagnostics;
using System.Text;
using Hull.Machine.Devices.Serial;

namespace Hull.Testing;

/// <summary>Keeps what a guest printed.</summary>
public sealed class ByteRecorder : IByteSink
{
    private readonly object _gate = new();
    private readonly StringBuilder _text = new();

    public string Text
    {
        get
        {
            lock (_gate)
            {
                return _text.ToString();
            }
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _text.Append(Encoding.Latin1.GetString(bytes));
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until what was printed is as wanted.</summary>
    /// <exception cref="TimeoutException">It never was; the message tells what was printed.</exception>
    public void WaitFor(Func<string, bool> wanted, TimeSpan limit)
    {
        long start = Stopwatch.GetTimestamp();
        lock (_gate)
        {
            while (!wanted(_text.ToString()))
            {
                TimeSpan left = limit - Stopwatch.GetElapsedTime(start);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    throw new TimeoutException($"The guest did not print it in time. It printed: {_text}");
                }
            }
        }
    }
}
