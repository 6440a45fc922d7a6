using Hull.Machine.Devices.Legacy;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Tests;

/// <summary>What a kernel does to find out whether there is PCI, and what is on it.</summary>
public sealed class PciHostBridgeTests
{
    private const int Address = 0;
    private const int Data = 4;

    private readonly PciHostBridge _bridge = new();

    [Fact]
    public void Probe_AsLinuxDoes_FindsMechanismOne()
    {
        _bridge.WritePort(3, 1, 1);
        uint before = _bridge.ReadPort(Address, 4);
        _bridge.WritePort(Address, 4, 0x8000_0000);

        Assert.Equal(0x8000_0000, _bridge.ReadPort(Address, 4));
        Assert.Equal(0u, before);
    }

    [Theory]
    [InlineData(0x8000_0000, 0, 4, 0x0D57_8086)]
    [InlineData(0x8000_0000, 2, 2, 0x0D57)]
    [InlineData(0x8000_0008, 2, 2, 0x0600)]
    [InlineData(0x8000_0008, 3, 1, 0x06)]
    [InlineData(0x8000_000C, 2, 1, 0)]
    [InlineData(0x8000_0100, 0, 4, 0xFFFF_FFFF)]
    [InlineData(0x8000_0800, 0, 2, 0xFFFF)]
    [InlineData(0x8001_0000, 0, 1, 0xFF)]
    [InlineData(0x0000_0000, 0, 4, 0xFFFF_FFFF)]
    public void Read_OfConfiguration_FindsOneHostBridge(uint address, int offset, int size, uint expected)
    {
        _bridge.WritePort(Address, 4, address);

        Assert.Equal(expected, _bridge.ReadPort(Data + offset, size));
    }

    [Fact]
    public void Write_OfConfiguration_ChangesNothing()
    {
        _bridge.WritePort(Address, 4, 0x8000_0000);
        _bridge.WritePort(Data, 4, 0);

        Assert.Equal(0x0D57_8086u, _bridge.ReadPort(Data, 4));
    }

    [Fact]
    public void Load_OfWhatWasSaved_GivesTheSelectedRegister()
    {
        _bridge.WritePort(Address, 4, 0x8000_0008);
        StateWriter writer = new();
        _bridge.Save(writer);
        PciHostBridge other = new();
        StateReader reader = new("pci", writer.Written.ToArray());
        other.Load(reader);
        reader.End();

        Assert.Equal(0x0600_0000u, other.ReadPort(Data, 4));
    }
}
