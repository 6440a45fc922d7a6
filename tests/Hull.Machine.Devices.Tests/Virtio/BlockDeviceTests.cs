using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

public sealed class BlockDeviceTests : IBlockStore
{
    private const ulong Header = 0x10000;
    private const ulong Data = 0x11000;
    private const ulong Status = 0x18000;
    private const byte Ok = 0;
    private const byte IoError = 1;
    private const byte Unsupported = 2;

    private readonly byte[] _disk = new byte[64 * 512];
    private readonly VirtioDriver _driver = new();
    private readonly BlockDevice _device;
    private long _size = 64 * 512;
    private int _flushes;
    private int _calls;

    public BlockDeviceTests() => _device = new BlockDevice(this, "hull-disk");

    public long Size => _size;

    public bool IsReadOnly { get; private set; }

    bool IBlockStore.TryRead(long offset, Span<byte> destination)
    {
        _calls++;
        _disk.AsSpan((int)offset, destination.Length).CopyTo(destination);
        return true;
    }

    bool IBlockStore.TryWrite(long offset, ReadOnlySpan<byte> source)
    {
        _calls++;
        source.CopyTo(_disk.AsSpan((int)offset));
        return true;
    }

    bool IBlockStore.TryFlush() => ++_flushes > 0;

    bool IBlockStore.TryDiscard(long offset, long length, bool mustBeZero)
    {
        _disk.AsSpan((int)offset, (int)length).Clear();
        return true;
    }

    [Fact]
    public void Serve_WriteThenRead_GoesThroughTheDisk()
    {
        _driver.Memory.Bytes.AsSpan((int)Data, 1024).Fill(0x5A);
        Assert.Equal(Ok, Request(1, 3, (Data, 1024, false)));
        Assert.Equal(0x5A, _disk[3 * 512]);
        Assert.Equal(0, _disk[5 * 512]);

        _driver.Memory.Bytes.AsSpan((int)Data, 1024).Clear();
        Assert.Equal(Ok, Request(0, 3, (Data, 600, true), (Data + 600, 424, true)));
        Assert.Equal(0x5A, _driver.Memory.Bytes[Data + 1023]);
        Assert.Equal(1025u, _driver.LastWritten);
    }

    [Theory]
    [InlineData(64ul, 512u)]
    [InlineData(63ul, 1024u)]
    [InlineData(ulong.MaxValue, 512u)]
    [InlineData(0x0080_0000_0000_0000ul, 512u)]
    [InlineData(0ul, 100u)]
    [InlineData(0ul, 0xFFFF_FE00u)]
    public void Serve_OutsideTheDisk_IsAnIoError(ulong sector, uint length)
    {
        Assert.Equal(IoError, Request(0, sector, (Data, length, true)));
        Assert.Equal(IoError, Request(1, sector, (Data, length, false)));
    }

    // Every buffer may be the same memory: one request could keep the device, and who wants to stop the machine, for hours.
    [Fact]
    public void Serve_OfMoreThanARequestMayBe_IsAnIoErrorAtOnce()
    {
        _size = 1L << 40;
        const uint Half = BlockDevice.MaxBytesPerRequest / 2;

        Assert.Equal(IoError, Request(0, 0, (Data, Half, true), (Data, Half, true), (Data, 512, true)));
        Assert.Equal(IoError, Request(1, 0, (Data, Half, false), (Data, Half, false), (Data, 512, false)));
        Assert.Equal(0, _calls);
    }

    [Fact]
    public void Serve_FlushIdAndUnknown_AnswerAsTheyShould()
    {
        Assert.Equal(Ok, Request(4, 0));
        Assert.Equal(1, _flushes);
        Assert.Equal(Ok, Request(8, 0, (Data, 20, true)));
        Assert.Equal((byte)'h', _driver.Memory.Bytes[Data]);
        Assert.Equal(Unsupported, Request(99, 0));
    }

    [Fact]
    public void Serve_WriteZeroes_ClearsTheRange()
    {
        _disk.AsSpan().Fill(1);
        _driver.Memory.TryWriteInteger(new GuestAddress(Data), 2ul);
        _driver.Memory.TryWriteInteger(new GuestAddress(Data + 8), 3u);

        Assert.Equal(Ok, Request(13, 0, (Data, 16, false)));
        Assert.Equal([1, 0, 0, 1], [_disk[1023], _disk[1024], _disk[2559], _disk[2560]]);
    }

    [Fact]
    public void Serve_WriteToReadOnlyDisk_IsAnIoError()
    {
        IsReadOnly = true;

        Assert.Equal(IoError, Request(1, 0, (Data, 512, false)));
    }

    [Fact]
    public void Serve_WithoutRoomForTheStatus_AsksForReset()
    {
        _driver.OfferReadable(Header, 16);

        Assert.Equal(ServeResult.NeedsReset, _device.Serve(0, _driver.Queue));
    }

    [Fact]
    public void ReadConfiguration_AtAnyOffset_StaysInside()
    {
        byte[] bytes = new byte[8];
        _device.ReadConfiguration(0, bytes);
        Assert.Equal(64, bytes[0]);
        _device.ReadConfiguration(int.MaxValue, bytes);
        Assert.All(bytes, value => Assert.Equal(0, value));
        _device.ReadConfiguration(56, bytes);
        Assert.Equal(1, bytes[0]);
    }

    private byte Request(uint type, ulong sector, params (ulong Address, uint Length, bool DeviceWrites)[] data)
    {
        _driver.Memory.TryWriteInteger(new GuestAddress(Header), type);
        _driver.Memory.TryWriteInteger(new GuestAddress(Header + 8), sector);
        _driver.Memory.Bytes[Status] = 0xFF;
        _driver.Offer([(Header, 16, false), .. data, (Status, 1, true)]);
        Assert.Equal(ServeResult.Completed, _device.Serve(0, _driver.Queue));
        _driver.Collect();
        return _driver.Memory.Bytes[Status];
    }
}
