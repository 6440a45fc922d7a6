using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Hull.Supervision;

/// <summary>Turns output into lines of Docker's json-file format with bounded memory.</summary>
/// <remarks>
/// One object a line: <c>{"log":"text\n","stream":"stdout","time":"2026-01-02T03:04:05.678901234Z"}</c>. A line longer
/// than <see cref="MaxLineBytes"/> is cut into several objects, of which only the last ends with a newline.
/// </remarks>
public sealed class JsonLogEncoder
{
    /// <summary>The longest text of one object, in bytes.</summary>
    public const int MaxLineBytes = 16 * 1024;

    private const byte FirstPrintable = 0x20;
    private const byte FirstNonAscii = 0x80;

    private readonly ArrayBufferWriter<byte> _encoded = new(4096);
    private byte[]? _pendingOutput;
    private byte[]? _pendingError;
    private int _pendingOutputBytes;
    private int _pendingErrorBytes;

    /// <summary>What was encoded and not yet cleared.</summary>
    public ReadOnlySpan<byte> Encoded => _encoded.WrittenSpan;

    /// <summary>Forgets what was encoded, after it was written.</summary>
    public void Clear() => _encoded.ResetWrittenCount();

    /// <summary>Takes in output; whole lines are encoded, the rest waits for its end.</summary>
    public void Append(bool error, ReadOnlySpan<byte> data, DateTimeOffset time)
    {
        while (!data.IsEmpty)
        {
            ref int pending = ref error ? ref _pendingErrorBytes : ref _pendingOutputBytes;
            int newline = data.IndexOf((byte)'\n');
            int take = Math.Min(newline < 0 ? data.Length : newline + 1, MaxLineBytes - pending);
            bool complete = take == newline + 1 || pending + take == MaxLineBytes;
            if (complete && pending == 0)
            {
                Encode(error, data[..take], time);
            }
            else
            {
                byte[] buffer = error ? _pendingError ??= new byte[MaxLineBytes] : _pendingOutput ??= new byte[MaxLineBytes];
                data[..take].CopyTo(buffer.AsSpan(pending));
                pending += take;
                if (complete)
                {
                    Encode(error, buffer.AsSpan(0, pending), time);
                    pending = 0;
                }
            }

            data = data[take..];
        }
    }

    /// <summary>Encodes what still waits for the end of its line; the container ended.</summary>
    public void Finish(DateTimeOffset time)
    {
        if (_pendingOutputBytes > 0)
        {
            Encode(error: false, _pendingOutput.AsSpan(0, _pendingOutputBytes), time);
            _pendingOutputBytes = 0;
        }

        if (_pendingErrorBytes > 0)
        {
            Encode(error: true, _pendingError.AsSpan(0, _pendingErrorBytes), time);
            _pendingErrorBytes = 0;
        }
    }

    /// <summary>Writes a moment as Docker does: UTC with nine digits and a Z.</summary>
    public static string FormatTime(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[40];
        return Encoding.ASCII.GetString(text[..FormatTime(text, time)]);
    }

    private void Encode(bool error, ReadOnlySpan<byte> text, DateTimeOffset time)
    {
        _encoded.Write("{\"log\":\""u8);
        Escape(text);
        _encoded.Write(error ? "\",\"stream\":\"stderr\",\"time\":\""u8 : "\",\"stream\":\"stdout\",\"time\":\""u8);
        Span<byte> target = _encoded.GetSpan(40);
        _encoded.Advance(FormatTime(target, time));
        _encoded.Write("\"}\n"u8);
    }

    // "O" gives seven digits and +00:00; two zeros make nanoseconds and the offset becomes Z.
    private static int FormatTime(Span<byte> target, DateTimeOffset time)
    {
        const int SecondsAndTicks = 27;
        _ = Utf8Formatter.TryFormat(time.ToUniversalTime(), target, out _, 'O');
        "00Z"u8.CopyTo(target[SecondsAndTicks..]);
        return SecondsAndTicks + 3;
    }

    private void Escape(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            int plain = 0;
            while (plain < text.Length && IsPlain(text[plain]))
            {
                plain++;
            }

            _encoded.Write(text[..plain]);
            text = text[plain..];
            if (!text.IsEmpty)
            {
                text = text[EscapeOne(text)..];
            }
        }
    }

    private int EscapeOne(ReadOnlySpan<byte> text)
    {
        byte first = text[0];
        if (first >= FirstNonAscii)
        {
            // Invalid bytes become U+FFFD: a log file is always valid JSON.
            Rune.DecodeFromUtf8(text, out Rune rune, out int used);
            _encoded.Advance(rune.EncodeToUtf8(_encoded.GetSpan(4)));
            return used;
        }

        switch (first)
        {
            case (byte)'"':
                _encoded.Write("\\\""u8);
                break;
            case (byte)'\\':
                _encoded.Write("\\\\"u8);
                break;
            case (byte)'\n':
                _encoded.Write("\\n"u8);
                break;
            case (byte)'\r':
                _encoded.Write("\\r"u8);
                break;
            case (byte)'\t':
                _encoded.Write("\\t"u8);
                break;
            default:
                Span<byte> escape = _encoded.GetSpan(6);
                "\\u00"u8.CopyTo(escape);
                _ = Utf8Formatter.TryFormat(first, escape[4..], out _, new StandardFormat('x', 2));
                _encoded.Advance(6);
                break;
        }

        return 1;
    }

    private static bool IsPlain(byte value) =>
        value is >= FirstPrintable and < FirstNonAscii and not ((byte)'"' or (byte)'\\' or (byte)'<' or (byte)'>' or (byte)'&');
}
