using System.Text;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Serial;
using Hull.Machine.State;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests;

public sealed class Serial16550Tests : IByteSink
{
    private const int Line = 4;
    private readonly StringBuilder _sent = new();
    private readonly InterruptRecorder _interrupts = new();
    private readonly Serial16550 _serial;

    public Serial16550Tests() => _serial = new Serial16550(this, new InterruptLine(_interrupts, Line));

    void IByteSink.Write(ReadOnlySpan<byte> bytes) => _sent.Append(Encoding.ASCII.GetString(bytes));

    [Fact]
    public void Write_ToData_Sends()
    {
        Out(0, 'h');
        Out(0, 'i');

        Assert.Equal("hi", _sent.ToString());
        Assert.Equal(0x60u, In(5));
    }

    [Fact]
    public void Write_WithDivisorLatch_SetsTheDivisorAndSendsNothing()
    {
        Out(3, 0x83);
        Out(0, 1);
        Out(1, 2);

        Assert.Equal(1u, In(0));
        Assert.Equal(2u, In(1));
        Assert.Equal("", _sent.ToString());
    }

    // What Linux does to find out whether there is a port at all.
    [Fact]
    public void LoopBack_ShowsModemOutputsAsInputs()
    {
        Out(4, 0x1A);

        Assert.Equal(0x90u, In(6) & 0xF0);
    }

    [Fact]
    public void FifoEnable_ShowsA16550A()
    {
        Out(2, 1);

        Assert.Equal(0xC1u, In(2));
    }

    [Fact]
    public void TransmitterInterrupt_RisesWhenEnabledAndFallsWhenIdentified()
    {
        Out(4, 8);
        Out(1, 2);

        Assert.True(_interrupts.LevelOf(Line));
        Assert.Equal(0x02u, In(2));
        Assert.False(_interrupts.LevelOf(Line));

        Out(0, 'x');
        Assert.True(_interrupts.LevelOf(Line));
    }

    [Fact]
    public void Receive_WithInterrupt_IsReadInOrderAndReportsTheDrain()
    {
        int drained = 0;
        _serial.Drained = () => drained++;
        Out(4, 8);
        Out(2, 0x81);
        Out(1, 1);

        Assert.Equal(2, _serial.Receive("ab"u8));

        Assert.True(_interrupts.LevelOf(Line));
        Assert.Equal(0xCCu, In(2));
        Assert.Equal('a', (char)In(0));
        Assert.Equal(0x61u, In(5));
        Assert.Equal('b', (char)In(0));
        Assert.Equal(1, drained);
        Assert.False(_interrupts.LevelOf(Line));
    }

    [Fact]
    public void Receive_OfMoreThanTheFifo_TakesSixteen()
    {
        Out(2, 1);

        Assert.Equal(16, _serial.Receive(new byte[40]));
        Assert.Equal(0, _serial.Receive(new byte[1]));
    }

    [Fact]
    public void LoopBack_ReturnsWhatIsSent_AndOverrunIsReported()
    {
        Out(4, 0x10);
        Out(0, 'q');
        Out(0, 'r');

        Assert.Equal(0x63u, In(5));
        Assert.Equal('q', (char)In(0));
        Assert.Equal("", _sent.ToString());
    }

    private void Out(int port, int value) => _serial.WritePort(port, 1, (uint)value);

    private uint In(int port) => _serial.ReadPort(port, 1);

    [Fact]
    public void Load_OfMoreWaitingBytesThanThereIsRoomFor_IsDamage()
    {
        StateWriter writer = new();
        writer.Bytes(new byte[Serial16550.FifoBytes]);
        writer.U32(0);
        writer.U32(16);
        writer.Bytes(new byte[11]);

        // The FIFO is off, so one byte can wait.
        Assert.Throws<HullException>(() => new Serial16550(new ByteRecorder(), new InterruptLine(new InterruptRecorder(), 4))
            .Load(new StateReader("serial", writer.Written.ToArray())));
    }
}
