using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

public sealed class BalloonDeviceTests
{
    private readonly VirtioDriver _driver = new();
    private readonly BalloonDevice _balloon = new();

    [Fact]
    public void Inflate_GivesTheNamedPagesBack()
    {
        _driver.Memory.Bytes.AsSpan(0x20000, 0x3000).Fill(7);
        _driver.Memory.TryWriteInteger(new GuestAddress(0x10000), 0x20u);
        _driver.Memory.TryWriteInteger(new GuestAddress(0x10004), 0x22u);
        _driver.Memory.TryWriteInteger(new GuestAddress(0x10008), uint.MaxValue);
        _driver.OfferReadable(0x10000, 12);

        Assert.Equal(ServeResult.Completed, _balloon.Serve(0, _driver.Queue));
        Assert.Equal([0, 7, 0], [_driver.Memory.Bytes[0x20000], _driver.Memory.Bytes[0x21000], _driver.Memory.Bytes[0x22FFF]]);
        Assert.Equal(2, _balloon.DiscardedPages);
    }

    [Theory]
    [InlineData(0x20000ul, 0x2000u, 2)]
    [InlineData(0x20001ul, 0x2000u, 0)]
    [InlineData(0x3F000ul, 0x2000u, 0)]
    [InlineData(ulong.MaxValue - 0xFFF, 0x2000u, 0)]
    [InlineData(0x20000ul, 0u, 0)]
    public void Report_OfFreePages_GivesWholePagesOfRamBack(ulong address, uint length, long pages)
    {
        _driver.OfferWritable(address, length);

        Assert.Equal(ServeResult.Completed, _balloon.Serve(2, _driver.Queue));
        Assert.Equal(pages, _balloon.DiscardedPages);
    }

    [Fact]
    public void Configuration_ShowsTheTargetAndTakesTheActual()
    {
        byte[] bytes = new byte[8];
        _balloon.SetTarget(300);
        _balloon.WriteConfiguration(4, [5, 0, 0, 0]);

        _balloon.ReadConfiguration(0, bytes);

        Assert.Equal([44, 1, 0, 0, 5, 0, 0, 0], bytes);
        Assert.Equal(5u, _balloon.ActualPages);
    }
}
