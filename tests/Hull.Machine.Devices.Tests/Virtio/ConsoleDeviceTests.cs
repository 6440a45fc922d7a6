using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

public sealed class ConsoleDeviceTests
{
    private readonly ByteRecorder _output = new();
    private readonly VirtioDriver _driver = new();
    private readonly ConsoleDevice _console;

    public ConsoleDeviceTests() => _console = new ConsoleDevice(_output);

    [Fact]
    public void Serve_OfOutput_PrintsEverySegment()
    {
        "hello "u8.CopyTo(_driver.Memory.Bytes.AsSpan(0x10000));
        "world"u8.CopyTo(_driver.Memory.Bytes.AsSpan(0x11000));
        _driver.Offer([(0x10000, 6, false), (0x11000, 5, false)]);

        Assert.Equal(ServeResult.Completed, _console.Serve(1, _driver.Queue));
        Assert.Equal("hello world", _output.Text);
    }

    [Fact]
    public void Receive_BeforeTheGuestHasRoom_WaitsForIt()
    {
        Assert.Equal(3, _console.Receive("abc"u8));
        Assert.Equal(ServeResult.Nothing, _console.Serve(0, _driver.Queue));
        _driver.OfferWritable(0x10000, 2);
        _driver.OfferWritable(0x10010, 8);

        Assert.Equal(ServeResult.Completed, _console.Serve(0, _driver.Queue));
        _driver.Collect();
        Assert.Equal(2, _driver.Completed);
        Assert.Equal((byte)'a', _driver.Memory.Bytes[0x10000]);
        Assert.Equal((byte)'c', _driver.Memory.Bytes[0x10010]);
        Assert.Equal(1u, _driver.LastWritten);
    }

    [Fact]
    public void Receive_OfMoreThanTheBuffer_TakesWhatFits() => Assert.Equal(4096, _console.Receive(new byte[5000]));

    [Fact]
    public void Resize_ShowsInTheConfiguration()
    {
        _console.Resize(80, 25);
        byte[] bytes = new byte[4];

        _console.ReadConfiguration(0, bytes);

        Assert.Equal([80, 0, 25, 0], bytes);
    }
}
