using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Power;

namespace Hull.Machine.Devices.Tests;

public sealed class BusTests
{
    [Fact]
    public void PortBus_GivesTheOffsetAndReadsStraysAsOnes()
    {
        PortBus bus = new();
        PowerEvent seen = PowerEvent.None;
        bus.Add(0x600, AcpiPower.PortCount, new AcpiPower(what => seen = what));

        bus.Write(0x601, 1, 0x34);

        Assert.Equal(PowerEvent.PowerOff, seen);
        Assert.Equal(uint.MaxValue, bus.Read(0x604, 1));
        Assert.Equal(1, bus.Strays);
        Assert.Throws<ArgumentException>(() => bus.Add(0x603, 2, new AcpiPower(_ => { })));
    }

    [Theory]
    [InlineData(0x1000ul, 0x1000ul)]
    [InlineData(0x1FFFul, 0x1FFFul)]
    [InlineData(0x5008ul, 0x5008ul)]
    [InlineData(0x2000ul, ulong.MaxValue)]
    [InlineData(0xFFFul, ulong.MaxValue)]
    [InlineData(ulong.MaxValue, ulong.MaxValue)]
    public void MmioBus_FindsTheOwner(ulong address, ulong expected)
    {
        MmioBus bus = new();
        bus.Add(0x5000, 0x10, new Echo(0x5000));
        bus.Add(0x1000, 0x1000, new Echo(0x1000));

        Assert.Equal(expected, bus.Read(address, 8));
        Assert.Throws<ArgumentException>(() => bus.Add(0x500F, 1, new Echo(0)));
    }

    private sealed class Echo(ulong first) : IMmioDevice
    {
        public ulong ReadMmio(ulong offset, int size) => first + offset;

        public void WriteMmio(ulong offset, int size, ulong value)
        {
        }
    }
}
