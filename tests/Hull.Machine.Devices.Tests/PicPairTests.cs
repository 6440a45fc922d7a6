using Hull.Machine.Devices.Interrupts;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Tests;

public sealed class PicPairTests
{
    private readonly PicPair _pair;
    private bool _asks;

    public PicPairTests()
    {
        _pair = new PicPair(level => _asks = level);
        Initialize(_pair);
    }

    [Theory]
    [InlineData(0, 0x30)]
    [InlineData(7, 0x37)]
    [InlineData(8, 0x38)]
    [InlineData(15, 0x3F)]
    public void Edge_IsDeliveredOnceWithItsVector(int line, byte expected)
    {
        _pair.SetLine(line, true);

        Assert.True(_asks);
        Assert.True(_pair.TryAcknowledge(out byte vector));
        Assert.Equal(expected, vector);
        Assert.False(_asks);
        End(line);
        Assert.False(_asks);
        Assert.False(_pair.TryAcknowledge(out _));
    }

    [Fact]
    public void Requests_OfBothChips_ComeByPriority()
    {
        _pair.SetLine(5, true);
        _pair.SetLine(12, true);
        _pair.SetLine(8, true);

        Assert.Equal(0x38, Acknowledge());
        Assert.False(_asks);
        End(8);
        Assert.Equal(0x3C, Acknowledge());
        End(12);
        Assert.Equal(0x35, Acknowledge());
    }

    [Fact]
    public void HigherRequest_InterruptsALowerInService()
    {
        _pair.SetLine(4, true);
        Acknowledge();
        _pair.SetLine(6, true);

        Assert.False(_asks);
        _pair.SetLine(0, true);
        Assert.Equal(0x30, Acknowledge());
        End(0);
        Assert.False(_asks);
        End(4);
        Assert.Equal(0x36, Acknowledge());
    }

    [Fact]
    public void Mask_HoldsARequestBackUntilItIsLifted()
    {
        _pair.First.WritePort(1, 1, 0xFF);
        _pair.SetLine(3, true);

        Assert.False(_asks);
        _pair.First.WritePort(1, 1, 0);
        Assert.True(_asks);
    }

    [Fact]
    public void Level_AsksAgainWhileItIsHigh()
    {
        _pair.Triggers.WritePort(1, 1, 0xFF);
        Assert.Equal(0xDEu, _pair.Triggers.ReadPort(1, 1));
        _pair.SetLine(11, true);
        Acknowledge();
        End(11);

        Assert.Equal(0x3B, Acknowledge());
        _pair.SetLine(11, false);
        End(11);
        Assert.False(_asks);
    }

    [Fact]
    public void AutoEnd_LeavesNothingInService()
    {
        Initialize(_pair, mode: 3);
        _pair.SetLine(1, true);
        Acknowledge();

        _pair.First.WritePort(0, 1, 0x0B);
        Assert.Equal(0u, _pair.First.ReadPort(0, 1));
        _pair.SetLine(7, true);
        Assert.Equal(0x37, Acknowledge());
    }

    [Fact]
    public void Rotation_MakesTheServedInputTheLeastUrgent()
    {
        _pair.SetLine(1, true);
        Acknowledge();
        _pair.First.WritePort(0, 1, 0xA0);
        _pair.SetLine(1, false);
        _pair.SetLine(1, true);
        _pair.SetLine(6, true);

        Assert.Equal(0x36, Acknowledge());
    }

    [Fact]
    public void SpecialMask_LetsALowerRequestThrough()
    {
        _pair.SetLine(3, true);
        Acknowledge();
        _pair.First.WritePort(1, 1, 1 << 3);
        _pair.SetLine(5, true);

        Assert.False(_asks);
        _pair.First.WritePort(0, 1, 0x68);
        Assert.True(_asks);
    }

    [Fact]
    public void Poll_AcknowledgesWithoutTheProcessor()
    {
        _pair.SetLine(6, true);
        _pair.First.WritePort(0, 1, 0x0C);

        Assert.Equal(0x86u, _pair.First.ReadPort(0, 1));
        Assert.False(_asks);
    }

    [Fact]
    public void Registers_ShowRequestsServiceAndMask()
    {
        _pair.Second.WritePort(1, 1, 0x10);
        _pair.SetLine(12, true);
        _pair.SetLine(9, true);
        Acknowledge();

        _pair.Second.WritePort(0, 1, 0x0A);
        Assert.Equal(0x10u, _pair.Second.ReadPort(0, 1));
        _pair.Second.WritePort(0, 1, 0x0B);
        Assert.Equal(0x02u, _pair.Second.ReadPort(0, 1));
        Assert.Equal(0x10u, _pair.Second.ReadPort(1, 1));
    }

    [Fact]
    public void Load_GoesOnWhereSaveWas()
    {
        _pair.SetLine(4, true);
        Acknowledge();
        _pair.SetLine(14, true);
        StateWriter writer = new();
        _pair.Save(writer);
        bool asks = false;
        PicPair other = new(level => asks = level);

        other.Load(new StateReader("pic", writer.Written.ToArray()));

        Assert.True(asks);
        Assert.True(other.TryAcknowledge(out byte vector));
        Assert.Equal(0x3E, vector);
    }

    private static void Initialize(PicPair pair, uint mode = 1)
    {
        foreach ((Bus.IPortDevice chip, uint vector, uint cascade) in ((Bus.IPortDevice, uint, uint)[])[(pair.First, 0x30, 4), (pair.Second, 0x38, 2)])
        {
            chip.WritePort(0, 1, 0x11);
            chip.WritePort(1, 1, vector);
            chip.WritePort(1, 1, cascade);
            chip.WritePort(1, 1, mode);
        }
    }

    private byte Acknowledge()
    {
        Assert.True(_pair.TryAcknowledge(out byte vector));
        return vector;
    }

    private void End(int line)
    {
        if (line >= 8)
        {
            _pair.Second.WritePort(0, 1, 0x20);
        }

        _pair.First.WritePort(0, 1, 0x20);
    }
}
