using System.Text;
using Hull.Linux;
using Hull.Runtime.Security;

namespace Hull.Fuzz.Targets;

/// <summary>The small words of options: sizes, digests, identifiers, signals, capabilities.</summary>
internal sealed class WordTarget : IFuzzTarget
{
    public string Name => "words";

    public IReadOnlyList<byte[]> Seeds { get; } =
        [.. new[] { "1.5g", "64MiB", "sha256:" + new string('a', 64), "web-1.x_y", "SIGRTMIN+3", "CAP_NET_ADMIN", "9" }.Select(Encoding.UTF8.GetBytes)];

    public void Run(ReadOnlyMemory<byte> input)
    {
        string text = Encoding.UTF8.GetString(input.Span);
        _ = ByteSize.TryParse(text, out ByteSize size) && size.Bytes < 0 ? throw new InvalidOperationException("A size is negative.") : size;
        _ = Digest.TryParse(text, out _);
        _ = ContainerId.TryParse(text, out _);
        _ = Signal.TryParse(text, out Signal signal) ? signal.ToString() : "";
        _ = CapabilityNames.TryParse(text, out _);
    }
}
