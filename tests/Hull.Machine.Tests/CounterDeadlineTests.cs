namespace Hull.Machine.Tests;

public sealed class CounterDeadlineTests
{
    [Theory]
    [InlineData(0ul, 5ul, 0ul)]
    [InlineData(1000ul, 0ul, 1000ul)]
    [InlineData(1000ul, 400ul, 600ul)]
    [InlineData(1000ul, 5000ul, 1ul)]
    [InlineData(1000ul, ulong.MaxValue - 99, 1100ul)]
    [InlineData(ulong.MaxValue, ulong.MaxValue - 99, ulong.MaxValue)]
    public void ToBoard_TakesTheOffsetOff_AndNeverWraps(ulong deadline, ulong offset, ulong expected) =>
        Assert.Equal(expected, CounterDeadline.ToBoard(deadline, offset));

    [Theory]
    [InlineData(0ul, 5ul)]
    [InlineData(1000ul, 400ul)]
    [InlineData(1000ul, ulong.MaxValue - 99)]
    public void ToGuest_UndoesIt(ulong deadline, ulong offset) =>
        Assert.Equal(deadline, CounterDeadline.ToGuest(CounterDeadline.ToBoard(deadline, offset), offset));
}
