using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests.Cgroups;

public sealed class StatisticsReaderTests
{
    [Theory]
    [InlineData("0-3,8", new[] { 0, 1, 2, 3, 8 })]
    [InlineData("5", new[] { 5 })]
    [InlineData("", new int[0])]
    [InlineData("x-,,7", new[] { 7 })]
    public void Set_OfAList_HasItsNumbers(string text, int[] expected) => Assert.Equal(expected, StatisticsReader.Set(text));

    [Fact]
    public void Set_OfAnEnormousRange_IsBounded() => Assert.Equal(4096, StatisticsReader.Set("0-18446744073709551615").Count);

    [Fact]
    public void LegacyBlockIo_LeavesOutTheSum()
    {
        List<BlockIoEntry> entries = StatisticsReader.LegacyBlockIo("8:0 Read 10\n8:0 Write 20\n8:0 Total 30\nTotal 30\n");

        Assert.Equal([new(8, 0, "Read", 10), new(8, 0, "Write", 20), new(8, 0, "Total", 30)], entries);
    }

    [Fact]
    public void UnifiedBlockIo_SplitsBytesAndRequests()
    {
        BlockIoStatistics io = new();

        StatisticsReader.UnifiedBlockIo("8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n", io);

        Assert.Equal([new(8, 16, "Read", 1), new(8, 16, "Write", 2)], io.ServiceBytes);
        Assert.Equal([new(8, 16, "Read", 3), new(8, 16, "Write", 4)], io.Serviced);
    }

    [Fact]
    public void Pressure_OfBothLines_HasThem()
    {
        PressureStatistics? pressure = StatisticsReader.Pressure(
            "some avg10=1.50 avg60=0.20 avg300=0.00 total=42\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");

        Assert.Equal(new PressureLine(1.5, 0.2, 0, 42), pressure?.Some);
        Assert.Equal(7ul, pressure?.Full.Total);
    }

    [Fact]
    public void Pressure_OfNothing_IsNull() => Assert.Null(StatisticsReader.Pressure(""));
}
