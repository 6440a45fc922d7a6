using System.Text;
using Hull.Machine.Devices.Serial;

namespace Hull.Testing;

/// <summary>Keeps what a guest printed.</summary>
public sealed class ByteRecorder : IByteSink
{
    private readonly Lock _gate = new();
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
        }
    }
}
