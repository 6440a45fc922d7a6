namespace Hull.Machine.Memory.Tests;

public sealed class GuestMemoryTests : IDisposable
{
    private const ulong Mebi = 1024 * 1024;
    private static readonly GuestAddress s_high = new(0x1_0000_0000);

    private readonly GuestMemory _memory = new(new GuestMemoryOptions
    {
        Ranges = [new(new(0), 2 * Mebi), new(s_high, Mebi)],
    });

    public void Dispose() => _memory.Dispose();

    [Theory]
    [InlineData(0ul)]
    [InlineData(0xFFFul)]
    [InlineData(0x1_0000_0ABCul)]
    public void TryWrite_InsideRam_IsReadBack(ulong at)
    {
        Assert.True(_memory.TryWriteInteger(new GuestAddress(at), 0x1122_3344_5566_7788ul));

        Assert.True(_memory.TryReadInteger(new GuestAddress(at), out ulong value));
        Assert.Equal(0x1122_3344_5566_7788ul, value);
    }

    [Theory]
    [InlineData((2 * Mebi) - 1, 2)]
    [InlineData(2 * Mebi, 1)]
    [InlineData(0xFFFF_FFFFul, 2)]
    [InlineData(0x1_0010_0000ul, 1)]
    [InlineData(ulong.MaxValue, 1)]
    [InlineData(ulong.MaxValue, 4)]
    public void TryReadAndWrite_OutsideRam_AreRefused(ulong at, int length)
    {
        byte[] bytes = new byte[length];

        Assert.False(_memory.TryRead(new GuestAddress(at), bytes));
        Assert.False(_memory.TryWrite(new GuestAddress(at), bytes));
    }

    [Fact]
    public void TryWrite_AcrossPages_MarksBothDirty()
    {
        Assert.True(_memory.TryWrite(new GuestAddress(0x3FFE), new byte[4]));

        Assert.Equal(2, _memory.Dirty.Count);
        Assert.Equal(0b1_1000ul, _memory.Dirty.Take(0));
        Assert.Equal(0, _memory.Dirty.Count);
    }

    [Fact]
    public void TryGetPage_ForWrite_MarksDirtyAndShowsTheBytes()
    {
        _memory.TryWriteInteger(new GuestAddress(0x5010), 0xABCDu);
        _memory.Dirty.Take(0);

        Assert.True(_memory.TryGetPage(new GuestAddress(0x5FFF), forWrite: true, out nint host));
        Assert.True(_memory.Dirty.IsDirty(5));
        Assert.Equal(0xABCDu, (uint)System.Runtime.InteropServices.Marshal.ReadInt32(host + 0x10));
        Assert.False(_memory.TryGetPage(new GuestAddress(2 * Mebi), forWrite: false, out _));
    }

    [Fact]
    public void TryWrite_ToCodePage_TellsTheProcessors()
    {
        List<(GuestAddress Page, bool Written)> told = [];
        int listener = _memory.CodePages.Subscribe((page, written) => told.Add((page, written)));
        _memory.CodePages.Mark(new GuestAddress(0x7000), listener);
        told.Clear();

        _memory.TryWriteInteger(new GuestAddress(0x7123), (byte)1);

        Assert.Equal((new GuestAddress(0x7000), true), Assert.Single(told));
    }

    [Fact]
    public void TryDiscard_OfWholePages_ReadsAsZeros()
    {
        _memory.TryWriteInteger(s_high, 0xFFFF_FFFFu);

        Assert.False(_memory.TryDiscard(s_high + 1, 0x1000));
        Assert.False(_memory.TryDiscard(s_high, 2 * Mebi));
        Assert.True(_memory.TryDiscard(s_high, 0x1000));

        Assert.True(_memory.TryReadInteger(s_high, out uint value));
        Assert.Equal(0u, value);
    }

    [Fact]
    public void TrySetPresent_OfOnePage_MakesAHoleAndFillsItAgain()
    {
        GuestAddress page = new(0x9000);

        Assert.True(_memory.TrySetPresent(page, 0x1000, present: false));
        Assert.False(_memory.TryWriteInteger(page + 0xFFF, (byte)1));
        Assert.False(_memory.TryWriteInteger(page + 0xFFEul, 1u));
        Assert.True(_memory.TryWriteInteger(page + 0x1000, 1u));
        Assert.True(_memory.TrySetPresent(page, 0x1000, present: true));
        Assert.True(_memory.TryWriteInteger(page, 1u));
    }

    // What the host holds for the mapping that begins at an address, as it tells.
    private static string FlagsAt(nint address)
    {
        string start = address.ToString("x", null) + "-";
        return File.ReadLines("/proc/self/smaps")
            .SkipWhile(line => !line.StartsWith(start, StringComparison.Ordinal))
            .First(line => line.StartsWith("VmFlags:", StringComparison.Ordinal));
    }

    [Fact]
    public void Create_WithMoreThanTheHostHas_TakesNothingUntilTouched()
    {
        using GuestMemory huge = new(new GuestMemoryOptions { Ranges = [new(new(0), 1ul << 38)] });

        Assert.True(huge.TryWriteInteger(new GuestAddress((1ul << 38) - 8), 1ul));
    }

    [Fact]
    public void Create_PreferringHugePages_AsksTheHostForThem()
    {
        using GuestMemory huge = new(new GuestMemoryOptions { Ranges = [new(new(0), 16 * Mebi)], HugePages = HugePages.Prefer });

        Assert.Contains(" hg", FlagsAt(huge.WindowBase), StringComparison.Ordinal);
        Assert.DoesNotContain(" hg", FlagsAt(_memory.WindowBase), StringComparison.Ordinal);
    }

    // The pool is the host's: a test neither fills nor empties it.
    [Fact]
    public void Create_RequiringHugePages_WorksOrSaysWhatIsMissing()
    {
        GuestMemoryOptions options = new() { Ranges = [new(new(0), 16 * Mebi)], HugePages = HugePages.Require };
        if (File.ReadAllText("/proc/sys/vm/nr_hugepages").Trim() == "0")
        {
            Assert.Equal(
                "The host's pool of huge pages has not 16 MiB free; raise vm.nr_hugepages or do without.",
                Assert.Throws<HullException>(() => new GuestMemory(options)).Message);
            return;
        }

        using GuestMemory memory = new(options);
        Assert.True(memory.TryWriteInteger(new GuestAddress(Mebi), 1ul));
    }

    [Fact]
    public void Create_WithOverlap_IsRefused()
    {
        GuestMemoryOptions options = new() { Ranges = [new(new(0), 2 * Mebi), new(new(Mebi), Mebi)] };

        Assert.Throws<ArgumentException>(() => new GuestMemory(options));
    }
}
