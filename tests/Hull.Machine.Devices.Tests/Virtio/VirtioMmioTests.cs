using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

public sealed class VirtioMmioTests : IEntropySource
{
    private readonly FlatMemory _memory = new(0x40000);
    private readonly InterruptRecorder _interrupts = new();
    private readonly VirtioMmio _transport;

    public VirtioMmioTests() =>
        _transport = new VirtioMmio(new EntropyDevice(this), _memory, new InterruptLine(_interrupts, 5));

    void IEntropySource.Fill(Span<byte> destination) => destination.Fill(1);

    [Fact]
    public void Read_OfIdentity_IsAVersionTwoDevice()
    {
        Assert.Equal([0x74726976u, 2u, 4u], [Read(0), Read(4), Read(8)]);
        Write(0x14, 1);
        Assert.Equal(5u, Read(0x10));
    }

    [Fact]
    public void Negotiate_AndServe_RaisesAnInterruptUntilAcknowledged()
    {
        SetUp(0);
        _memory.TryWriteInteger(new GuestAddress(0x1000), 0x8000ul);
        _memory.TryWriteInteger(new GuestAddress(0x1008), 64u);
        _memory.TryWriteInteger(new GuestAddress(0x100C), (ushort)2);
        _memory.TryWriteInteger(new GuestAddress(0x2002), (ushort)1);

        Write(0x50, 0);

        Assert.True(_interrupts.LevelOf(5));
        Assert.Equal(1u, Read(0x60));
        Assert.Equal(1, _memory.Bytes[0x8000 + 63]);
        Write(0x64, 1);
        Assert.False(_interrupts.LevelOf(5));
    }

    [Fact]
    public void Negotiate_WithoutVersionOne_IsRefused()
    {
        Write(0x70, 3);
        Write(0x70, 11);

        Assert.Equal(3u, Read(0x70));
    }

    [Fact]
    public void Serve_OfBrokenQueue_AsksForResetAndStaysQuietUntilThen()
    {
        SetUp(0);
        _memory.TryWriteInteger(new GuestAddress(0x2002), (ushort)999);

        Write(0x50, 0);

        Assert.Equal(64u, Read(0x70) & 64);
        Assert.Equal(2u, Read(0x60));
        Write(0x70, 0);
        Assert.Equal(0u, Read(0x70));
        Assert.False(_interrupts.LevelOf(5));
    }

    [Fact]
    public void QueueSize_OfNoPowerOfTwoOrTooMuch_LeavesTheQueueUnready()
    {
        foreach (uint size in (uint[])[0, 3, 128, 0x10000, uint.MaxValue])
        {
            SetUp(0, size);
            Assert.Equal(0u, Read(0x44));
        }
    }

    [Fact]
    public void Registers_WithRandomAccesses_AlwaysAnswer()
    {
        Random random = new(3);
        for (int i = 0; i < 200_000; i++)
        {
            ulong offset = (ulong)random.Next(0x120);
            int size = 1 << random.Next(4);
            if (random.Next(3) == 0)
            {
                _transport.ReadMmio(offset, size);
            }
            else
            {
                _transport.WriteMmio(offset & ~3ul, 4, random.Next(2) == 0 ? (ulong)random.Next(16) : (uint)random.NextInt64());
            }
        }
    }

    private void SetUp(ulong features, uint size = 8)
    {
        Write(0x70, 0);
        Write(0x70, 3);
        Write(0x24, 1);
        Write(0x20, (uint)(features >> 32) | 1);
        Write(0x70, 11);
        Write(0x30, 0);
        Write(0x38, size);
        Write(0x80, 0x1000);
        Write(0x90, 0x2000);
        Write(0xA0, 0x3000);
        Write(0x44, 1);
        Write(0x70, 15);
    }

    private uint Read(ulong offset) => (uint)_transport.ReadMmio(offset, 4);

    private void Write(ulong offset, uint value) => _transport.WriteMmio(offset, 4, value);
}
