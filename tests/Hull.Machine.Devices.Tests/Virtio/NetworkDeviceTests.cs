using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

public sealed class NetworkDeviceTests
{
    private const ulong MergedBuffers = 1 << 15;

    private readonly Link _link = new();
    private readonly ManualClock _clock = new();

    [Fact]
    public void Transmit_OfFrame_GivesItToTheLink()
    {
        VirtioDriver driver = new();
        driver.Memory.TryWrite(new GuestAddress(0x10000), [.. new byte[12], 1, 2, 3]);
        driver.OfferReadable(0x10000, 15);

        Assert.Equal(ServeResult.Completed, Card().Serve(1, driver.Queue));

        Assert.Equal(new byte[] { 1, 2, 3 }, Assert.Single(_link.Sent)[12..]);
    }

    [Fact]
    public void Transmit_OfTooLongOrTooShortFrame_LosesIt()
    {
        VirtioDriver driver = new();
        driver.OfferReadable(0x10000, 12);
        driver.OfferReadable(0x10000, NetworkDevice.MaxFrameBytes + 1);

        Assert.Equal(ServeResult.Completed, Card().Serve(1, driver.Queue));

        Assert.Empty(_link.Sent);
    }

    [Fact]
    public void Receive_OfLongFrame_SpreadsItOverBuffersAndSaysHowMany()
    {
        NetworkDevice card = Card();
        VirtioDriver driver = new(MergedBuffers);
        card.Activate(MergedBuffers, new Port());
        _link.Coming.Enqueue(Frame(100));
        driver.OfferWritable(0x10000, 64);

        // Not enough yet: the frame waits and the buffer stays the driver's.
        Assert.Equal(ServeResult.Nothing, card.Serve(0, driver.Queue));
        Assert.False(card.HasRoom);

        driver.OfferWritable(0x11000, 64);
        Assert.Equal(ServeResult.Completed, card.Serve(0, driver.Queue));

        byte[] first = new byte[64];
        byte[] second = new byte[48];
        Assert.True(driver.Memory.TryRead(new GuestAddress(0x10000), first) && driver.Memory.TryRead(new GuestAddress(0x11000), second));
        Assert.Equal(2, first[10]);
        Assert.Equal(Frame(100)[12..], first[12..].Concat(second).ToArray());
        Assert.True(card.HasRoom);
    }

    [Fact]
    public void Receive_WithoutMergedBuffers_NeedsOneThatIsLongEnough()
    {
        NetworkDevice card = Card();
        VirtioDriver driver = new();
        card.Activate(0, new Port());
        _link.Coming.Enqueue(Frame(100));
        driver.OfferWritable(0x10000, 64);

        Assert.Equal(ServeResult.NeedsReset, card.Serve(0, driver.Queue));
    }

    [Fact]
    public void Transmit_BeyondTheRate_WaitsForTheClock()
    {
        const long Rate = 100_000;
        NetworkDevice card = Card(Rate);
        VirtioDriver driver = new();
        for (int i = 0; i < 8; i++)
        {
            driver.OfferReadable(0x10000, 30_000);
        }

        card.Serve(1, driver.Queue);
        int atOnce = _link.Sent.Count;
        _clock.Advance(1_000_000_000);
        card.Serve(1, driver.Queue);

        Assert.Equal(3, atOnce);
        Assert.InRange(_link.Sent.Count, 5, 7);
    }

    private static byte[] Frame(int length)
    {
        byte[] frame = new byte[12 + length];
        for (int i = 12; i < frame.Length; i++)
        {
            frame[i] = (byte)i;
        }

        return frame;
    }

    private NetworkDevice Card(long rate = 0) =>
        new(_link, _clock, new NetworkOptions { Address = new byte[6], BytesPerSecond = rate });

    private sealed class Link : INetworkLink
    {
        internal Queue<byte[]> Coming { get; } = [];

        internal List<byte[]> Sent { get; } = [];

        public int TryReceive(Span<byte> frame)
        {
            if (!Coming.TryDequeue(out byte[]? next))
            {
                return 0;
            }

            next.CopyTo(frame);
            return next.Length;
        }

        public void Send(ReadOnlySpan<byte> frame) => Sent.Add(frame.ToArray());

        public void SetOffloads(bool checksums, bool segments4, bool segments6)
        {
        }
    }

    private sealed class Port : IVirtioPort
    {
        public void Serve(int queueIndex)
        {
        }

        public void ConfigurationChanged()
        {
        }
    }
}
