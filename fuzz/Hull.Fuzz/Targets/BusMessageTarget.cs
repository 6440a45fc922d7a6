using Hull.Runtime.Container.Systemd;

namespace Hull.Fuzz.Targets;

/// <summary>Messages from a bus, which another user's program may have written.</summary>
internal sealed class BusMessageTarget : IFuzzTarget
{
    public string Name => "bus-message";

    public IReadOnlyList<byte[]> Seeds { get; } = [Message(BusMessage.Signal, "JobRemoved", "uoss"), Message(BusMessage.Error, "", "s"), Message(BusMessage.MethodReturn, "", "a(sv)")];

    public void Run(ReadOnlyMemory<byte> input)
    {
        int length = BusMessage.LengthOf(input.Span);
        if (length > BusMessage.MaxBytes)
        {
            throw new InvalidOperationException("A message may be longer than allowed.");
        }

        if (BusMessage.TryRead(input.Span) is not { } message)
        {
            return;
        }

        BusReader reader = new(message.Body.Span);
        int at = 0;
        while (at < message.Signature.Length && !reader.IsDamaged)
        {
            int before = reader.Position;
            at += reader.Skip(message.Signature.AsSpan(at));
            if (reader.Position < before || reader.Position > message.Body.Length)
            {
                throw new InvalidOperationException("The reader left its bytes.");
            }
        }
    }

    private static byte[] Message(byte type, string member, string signature)
    {
        BusWriter body = new();
        body.UInt32(7);
        body.Text("/org/freedesktop/systemd1/job/7");
        body.Text("a.scope");
        body.Text("done");
        BusWriter message = new();
        message.Raw([(byte)'l', type, 0, 1]);
        message.UInt32((uint)body.Length);
        message.UInt32(3);
        (int LengthAt, int Start) fields = message.BeginArray(8);
        message.Struct();
        message.Byte(3);
        message.Signature("s");
        message.Text(member);
        message.Struct();
        message.Byte(5);
        message.Signature("u");
        message.UInt32(2);
        message.Struct();
        message.Byte(8);
        message.Signature("g");
        message.Signature(signature);
        message.EndArray(fields);
        message.Align(8);
        message.Raw(body.Written);
        return message.Written.ToArray();
    }
}
