using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

public sealed class EntropyDeviceTests : IEntropySource
{
    private const ulong Buffer = 0x10000;
    private readonly VirtioDriver _driver = new();
    private readonly EntropyDevice _device;

    public EntropyDeviceTests() => _device = new EntropyDevice(this);

    void IEntropySource.Fill(Span<byte> destination) => destination.Fill(0xA5);

    [Fact]
    public void Serve_WithOneBuffer_FillsExactlyThatBuffer()
    {
        _driver.OfferWritable(Buffer, 100);

        Assert.Equal(ServeResult.Completed, Serve());
        Assert.Equal(1, _driver.Completed);
        Assert.Equal(100u, _driver.LastWritten);
        Assert.Equal(0xA5, _driver.Memory.Bytes[Buffer + 99]);
        Assert.Equal(0, _driver.Memory.Bytes[Buffer + 100]);
    }

    [Fact]
    public void Serve_WithNothingOffered_DoesNothing() => Assert.Equal(ServeResult.Nothing, Serve());

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(uint.MaxValue, (uint)EntropyDevice.MaxBytesPerRequest)]
    public void Serve_WithAnyLength_WritesNoMoreThanTheLimit(uint length, uint expected)
    {
        _driver.OfferWritable(Buffer, length);

        Serve();

        Assert.Equal(expected, _driver.LastWritten);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(0x40000ul)]
    public void Serve_WithAddressOutsideRam_CompletesWithZeroBytes(ulong address)
    {
        _driver.OfferWritable(address, 16);

        Serve();

        Assert.Equal(1, _driver.Completed);
        Assert.Equal(0u, _driver.LastWritten);
    }

    [Fact]
    public void Serve_WithChainThatLoops_AsksForReset()
    {
        _driver.OfferWritable(Buffer, 16, loopsTo: 0);

        Assert.Equal(ServeResult.NeedsReset, Serve());
        Assert.Equal(0, _driver.Completed);
    }

    private ServeResult Serve()
    {
        ServeResult result = _device.Serve(0, _driver.Queue);
        _driver.Collect();
        return result;
    }
}
