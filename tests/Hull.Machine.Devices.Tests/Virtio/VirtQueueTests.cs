using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

public sealed class VirtQueueTests
{
    private const ulong Packed = VirtioFeatures.PackedRing;
    private readonly BufferSegment[] _segments = new BufferSegment[16];

    [Theory]
    [InlineData(0ul)]
    [InlineData(Packed)]
    public void PopAndComplete_AroundTheRingManyTimes_KeepsEveryRequest(ulong features)
    {
        VirtioDriver driver = new(features, size: 8);
        for (int i = 0; i < 100; i++)
        {
            driver.Offer([(0x10000ul + (ulong)i, 16, false), (0x20000, (uint)i, true), (0x30000, 1, true)]);
            Assert.Equal(QueueResult.Ready, driver.Queue.TryPop(_segments, out DescriptorChain chain));
            Assert.Equal(3, chain.SegmentCount);
            Assert.Equal(new BufferSegment(new GuestAddress(0x10000ul + (ulong)i), 16, false), _segments[0]);
            Assert.Equal(new BufferSegment(new GuestAddress(0x20000), (uint)i, true), _segments[1]);
            Assert.Equal(QueueResult.Empty, driver.Queue.TryPop(_segments, out _));
            Assert.True(driver.Queue.TryComplete(chain, (uint)i));
            driver.Collect();
            Assert.Equal(i + 1, driver.Completed);
            Assert.Equal((uint)i, driver.LastWritten);
        }
    }

    [Fact]
    public void Pop_OfIndirectTable_GivesItsSegments()
    {
        VirtioDriver driver = new(VirtioFeatures.IndirectDescriptors);
        WriteTable(driver, 0x20000, (0x5000, 7, 1, 1), (0x6000, 9, 2, 0));
        driver.OfferReadable(0x20000, 32);
        driver.Descriptor(0, 0x20000, 32, 4, 0);

        Assert.Equal(QueueResult.Ready, driver.Queue.TryPop(_segments, out DescriptorChain chain));
        Assert.Equal(2, chain.SegmentCount);
        Assert.Equal(new BufferSegment(new GuestAddress(0x6000), 9, true), _segments[1]);
    }

    [Theory]
    [InlineData(0ul, 32u, (ushort)4)]
    [InlineData(VirtioFeatures.IndirectDescriptors, 33u, (ushort)4)]
    [InlineData(VirtioFeatures.IndirectDescriptors, 0u, (ushort)4)]
    [InlineData(VirtioFeatures.IndirectDescriptors, 32u, (ushort)5)]
    public void Pop_OfForbiddenIndirectTable_IsBroken(ulong features, uint length, ushort flags)
    {
        VirtioDriver driver = new(features);
        WriteTable(driver, 0x20000, (0x5000, 7, 1, 1), (0x6000, 9, 2, 0));
        driver.OfferReadable(0x20000, length);
        driver.Descriptor(0, 0x20000, length, flags, 0);

        Assert.Equal(QueueResult.Broken, driver.Queue.TryPop(_segments, out _));
    }

    [Fact]
    public void Pop_OfTableInsideATable_IsBroken()
    {
        VirtioDriver driver = new(VirtioFeatures.IndirectDescriptors);
        WriteTable(driver, 0x20000, (0x20000, 32, 4, 0), (0x6000, 9, 2, 0));
        driver.OfferReadable(0x20000, 32);
        driver.Descriptor(0, 0x20000, 32, 4, 0);

        Assert.Equal(QueueResult.Broken, driver.Queue.TryPop(_segments, out _));
    }

    [Fact]
    public void Pop_WithIndexThatJumps_IsBroken()
    {
        VirtioDriver driver = new();
        driver.SetAvailableIndex(17);

        Assert.Equal(QueueResult.Broken, driver.Queue.TryPop(_segments, out _));
    }

    [Fact]
    public void InterruptWish_WithEventIndex_FollowsTheDriversNumber()
    {
        VirtioDriver driver = new(VirtioFeatures.EventIndex);
        driver.Memory.TryWriteInteger(VirtioDriver.AvailableRing + 4 + 32, (ushort)1);
        Assert.False(CompleteOne(driver));
        Assert.True(CompleteOne(driver));
        Assert.False(CompleteOne(driver));
    }

    [Fact]
    public void InterruptWish_WithFlag_IsRespected()
    {
        VirtioDriver driver = new();
        Assert.True(CompleteOne(driver));
        driver.Memory.TryWriteInteger(VirtioDriver.AvailableRing, (ushort)1);
        Assert.False(CompleteOne(driver));
    }

    // Whatever bytes the rings hold, the queue answers; nothing throws, nothing runs for ever.
    [Theory]
    [InlineData(0ul)]
    [InlineData(VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex)]
    [InlineData(Packed)]
    [InlineData(Packed | VirtioFeatures.IndirectDescriptors | VirtioFeatures.EventIndex)]
    public void Pop_FromRandomMemory_AlwaysAnswers(ulong features)
    {
        Random random = new(7);
        for (int i = 0; i < 2000; i++)
        {
            VirtioDriver driver = new(features, size: 8);
            random.NextBytes(driver.Memory.Bytes.AsSpan(0x1000, 0x4000));
            for (int n = 0; n < 20; n++)
            {
                if (driver.Queue.TryPop(_segments, out DescriptorChain chain) != QueueResult.Ready)
                {
                    break;
                }

                driver.Queue.TryComplete(chain, 1);
                driver.Queue.TakeInterruptWish();
            }
        }
    }

    private static bool CompleteOne(VirtioDriver driver)
    {
        driver.OfferWritable(0x10000, 4);
        driver.Queue.TryPop(new BufferSegment[16], out DescriptorChain chain);
        driver.Queue.TryComplete(chain, 4);
        return driver.Queue.TakeInterruptWish();
    }

    private static void WriteTable(VirtioDriver driver, ulong at, params (ulong, uint, ushort, ushort)[] entries)
    {
        for (int i = 0; i < entries.Length; i++)
        {
            GuestAddress entry = new(at + ((ulong)i * 16));
            driver.Memory.TryWriteInteger(entry, entries[i].Item1);
            driver.Memory.TryWriteInteger(entry + 8, entries[i].Item2);
            driver.Memory.TryWriteInteger(entry + 12, entries[i].Item3);
            driver.Memory.TryWriteInteger(entry + 14, entries[i].Item4);
        }
    }
}
