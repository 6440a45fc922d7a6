using Hull.Runtime.Container.Systemd;

namespace Hull.Runtime.Container.Tests.Systemd;

/// <summary>D-Bus messages, well formed and not.</summary>
public sealed class BusMessageTests
{
    [Fact]
    public void TryRead_OfASignal_FindsItsParts()
    {
        BusMessage message = BusMessage.TryRead(Signal())!;

        Assert.Equal((BusMessage.Signal, "JobRemoved", "uoss", 0u), (message.Type, message.Member, message.Signature, message.ReplySerial));
        BusReader reader = new(message.Body.Span);
        Assert.Equal((7u, "/job/7", "a.scope", "done"), (reader.UInt32(), reader.Text(), reader.Text(), reader.Text()));
        Assert.True(reader.IsAtEnd);
        Assert.False(reader.IsDamaged);
    }

    [Fact]
    public void TryRead_OfEveryBeginning_RefusesIt()
    {
        byte[] signal = Signal();

        Assert.All(Enumerable.Range(0, signal.Length), length => Assert.Null(BusMessage.TryRead(signal.AsSpan(0, length))));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(12)]
    public void LengthOf_WithHugeNumbers_IsRefused(int at)
    {
        byte[] signal = Signal();
        signal.AsSpan(at, 4).Fill(0xff);

        Assert.Equal(-1, BusMessage.LengthOf(signal));
    }

    [Theory]
    [InlineData("v", new byte[] { 1, (byte)'v', 0, 1, (byte)'v', 0 })]
    [InlineData("ay", new byte[] { 255, 255, 255, 255 })]
    [InlineData("s", new byte[] { 255, 255, 255, 255, 0 })]
    [InlineData("s", new byte[] { 1, 0, 0, 0, 65 })]
    [InlineData("(", new byte[0])]
    [InlineData("a", new byte[] { 0, 0, 0, 0 })]
    [InlineData("!", new byte[] { 0 })]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaay", new byte[] { 0, 0, 0, 0 })]
    public void Skip_OfDamagedValues_SaysSo(string signature, byte[] bytes)
    {
        BusReader reader = new(bytes);

        _ = reader.Skip(signature);

        Assert.True(reader.IsDamaged);
        Assert.True(reader.IsAtEnd);
    }

    private static byte[] Signal()
    {
        BusWriter body = new();
        body.UInt32(7);
        body.Text("/job/7");
        body.Text("a.scope");
        body.Text("done");
        BusWriter message = new();
        message.Raw([(byte)'l', BusMessage.Signal, 0, 1]);
        message.UInt32((uint)body.Length);
        message.UInt32(3);
        (int LengthAt, int Start) fields = message.BeginArray(8);
        foreach ((byte number, string type, string value) in (ReadOnlySpan<(byte, string, string)>)[(1, "o", "/p"), (2, "s", "i.f"), (3, "s", "JobRemoved"), (8, "g", "uoss")])
        {
            message.Struct();
            message.Byte(number);
            message.Signature(type);
            if (type == "g")
            {
                message.Signature(value);
            }
            else
            {
                message.Text(value);
            }
        }

        message.EndArray(fields);
        message.Align(8);
        message.Raw(body.Written);
        return message.Written.ToArray();
    }
}
