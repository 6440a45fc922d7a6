using System.Text;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>What CRIU answers, or tells in between. Source: CRIU's rpc.proto, <c>criu_resp</c>.</summary>
internal sealed record CriuReply
{
    /// <summary>What it belongs to.</summary>
    internal CriuRequestType Type { get; private init; }

    /// <summary>Whether it worked.</summary>
    internal bool Success { get; private init; }

    /// <summary>The restored first process, as this process sees it.</summary>
    internal int ProcessId { get; private init; }

    /// <summary>The step that is told; empty for none.</summary>
    internal string Step { get; private init; } = "";

    /// <summary>The error in words; empty where CRIU has none.</summary>
    internal string Error { get; private init; } = "";

    /// <summary>Reads it.</summary>
    internal static CriuReply Read(ReadOnlySpan<byte> bytes)
    {
        CriuReply reply = new();
        WireReader reader = new(bytes);
        while (reader.Next())
        {
            reply = reader.Field switch
            {
                1 => reply with { Type = (CriuRequestType)reader.Number },
                2 => reply with { Success = reader.Number != 0 },
                4 => reply with { ProcessId = NumberIn(reader.Bytes, 1) },
                5 => reply with { Step = TextIn(reader.Bytes, 1), ProcessId = NumberIn(reader.Bytes, 2) },
                9 => reply with { Error = Encoding.UTF8.GetString(reader.Bytes) },
                _ => reply,
            };
        }

        return reply;
    }

    private static int NumberIn(ReadOnlySpan<byte> message, int field)
    {
        WireReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                return (int)reader.Number;
            }
        }

        return 0;
    }

    private static string TextIn(ReadOnlySpan<byte> message, int field)
    {
        WireReader reader = new(message);
        while (reader.Next())
        {
            if (reader.Field == field)
            {
                return Encoding.UTF8.GetString(reader.Bytes);
            }
        }

        return "";
    }
}
