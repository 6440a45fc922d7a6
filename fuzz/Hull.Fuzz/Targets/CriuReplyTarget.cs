using Hull.Runtime.Container.Checkpoint;

namespace Hull.Fuzz.Targets;

/// <summary>CRIU's answers, as far as they are read.</summary>
internal sealed class CriuReplyTarget : IFuzzTarget
{
    public string Name => "criu-reply";

    // type 2, success, restore { pid 4711 }, notify { "post-restore", 4711 }, an error.
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0x08, 2, 0x10, 1, 0x22, 3, 0x08, 0xe7, 0x24],
        [0x08, 5, 0x10, 1, 0x2a, 17, 0x0a, 12, .. "post-restore"u8, 0x10, 0xe7, 0x24],
        [0x08, 1, 0x10, 0, 0x38, 95, 0x4a, 5, .. "error"u8],
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        var reply = CriuReply.Read(input.Span);
        if (reply.Step.Length > input.Length || reply.Error.Length > input.Length)
        {
            throw new InvalidOperationException("A text is longer than its message.");
        }
    }
}
