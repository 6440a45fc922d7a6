using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Memory.Tests;

public sealed class SavingTests : IDisposable
{
    private const ulong Low = 3 << 20;
    private const ulong HighStart = 8 << 20;

    private readonly string _path = Path.GetTempFileName();
    private readonly SafeFileHandle _file;
    private readonly GuestMemory _memory = Create(Low);

    public SavingTests()
    {
        _file = File.OpenHandle(_path, access: FileAccess.ReadWrite);
        _memory.TryWrite(new GuestAddress(0x1234), [1, 2, 3]);
        _memory.TryWrite(new GuestAddress(Low - 1), [4]);
        _memory.TryWrite(new GuestAddress(HighStart), [5]);
    }

    public void Dispose()
    {
        _memory.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public void LoadFrom_OfWhatWasSaved_GivesTheSameMemory()
    {
        IReadOnlyList<MemoryExtent> extents = _memory.SaveTo(_file);
        using GuestMemory other = Create(Low);

        other.LoadFrom(_file, extents);

        Assert.Equal(3, extents.Count);
        Assert.Equal(3 * 4096, extents.Sum(extent => extent.Length));
        foreach (MemoryRange range in _memory.Ranges)
        {
            byte[] before = new byte[range.Size];
            byte[] after = new byte[range.Size];
            Assert.True(_memory.TryRead(range.Start, before) && other.TryRead(range.Start, after));
            Assert.Equal(before, after);
        }
    }

    [Fact]
    public void SaveTo_WritesOnlyPagesThatAreNotZero()
    {
        _memory.SaveTo(_file);

        Assert.Equal(_memory.Size, RandomAccess.GetLength(_file));
        Assert.Equal(new byte[] { 5 }, File.ReadAllBytes(_path)[(int)Low..((int)Low + 1)]);
    }

    [Fact]
    public void SaveTo_WithAHotHole_IsRefusedUntilItIsFilled()
    {
        Assert.True(_memory.TrySetPresent(new GuestAddress(0x4000), 0x1000, present: false));

        Assert.Equal(ErrorKind.FailedPrecondition, Assert.Throws<HullException>(() => _memory.SaveTo(_file)).Kind);
        Assert.True(_memory.TrySetPresent(new GuestAddress(0x4000), 0x1000, present: true));
        Assert.NotEmpty(_memory.SaveTo(_file));
    }

    [Fact]
    public void LoadFrom_WithOneBitChanged_SaysSo()
    {
        IReadOnlyList<MemoryExtent> extents = _memory.SaveTo(_file);
        RandomAccess.Write(_file, [0x80], 0x1FFF);
        using GuestMemory other = Create(Low);

        HullException error = Assert.Throws<HullException>(() => other.LoadFrom(_file, extents));

        Assert.Equal("The snapshot is damaged: its memory at byte 4096 is not what was saved.", error.Message);
    }

    [Fact]
    public void LoadFrom_OfCutFile_SaysSo()
    {
        IReadOnlyList<MemoryExtent> extents = _memory.SaveTo(_file);
        RandomAccess.SetLength(_file, (long)Low);
        using GuestMemory other = Create(Low);

        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => other.LoadFrom(_file, extents)).Kind);
    }

    [Theory]
    [InlineData(-4096, 4096)]
    [InlineData(0, 0)]
    [InlineData(0, -4096)]
    [InlineData(1, 4096)]
    [InlineData(0, 4095)]
    [InlineData(long.MaxValue - 4095, 4096)]
    [InlineData((long)Low - 4096, 8192)]
    [InlineData(0, 1L << 40)]
    public void LoadFrom_OfExtentThatCannotBe_SaysSo(long offset, long length)
    {
        _memory.SaveTo(_file);
        using GuestMemory other = Create(Low);

        Assert.Throws<HullException>(() => other.LoadFrom(_file, [new MemoryExtent(offset, length, 0)]));
    }

    private static GuestMemory Create(ulong low) => new(new GuestMemoryOptions
    {
        Ranges = [new MemoryRange(new GuestAddress(0), low), new MemoryRange(new GuestAddress(HighStart), 1 << 20)],
    });
}
