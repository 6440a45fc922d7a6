using System.Text;
using System.Text.RegularExpressions;
using Hull.Machine.Devices.Serial;

namespace Hull.System.Tests;

/// <summary>Listens to a test program's serial port until it names its exit status.</summary>
internal sealed partial class SuiteOutput : IByteSink
{
    private const int MaxLength = 1 << 20;

    private readonly TaskCompletionSource<string> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StringBuilder _text = new();

    internal Task<string> Done => _done.Task;

    internal string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_text)
        {
            if (_text.Length < MaxLength)
            {
                _text.Append(Encoding.ASCII.GetString(bytes));
            }

            if (!bytes.Contains((byte)'\n') || Status().Match(_text.ToString(Math.Max(0, _text.Length - 64), Math.Min(64, _text.Length))) is not { Success: true } match)
            {
                return;
            }

            _done.TrySetResult(match.Groups[1].Value switch
            {
                "0" => "pass",
                "38" => "skip", // 77 under QEMU, whose exit device doubles it
                string status => $"fail {status}",
            });
        }
    }

    [GeneratedRegex("--- DONE: (-?[0-9]+) ---")]
    private static partial Regex Status();
}
