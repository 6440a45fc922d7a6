namespace Hull.Linux.Tests;

public sealed class SignalTests
{
    [Theory]
    [InlineData("9", 9)]
    [InlineData("KILL", 9)]
    [InlineData("sigterm", 15)]
    [InlineData("RTMIN+3", 37)]
    [InlineData("SIGRTMAX-1", 63)]
    [InlineData("SIGRTMIN", 34)]
    public void TryParse_OfASignal_FindsItsNumber(string text, int number)
    {
        Assert.True(Signal.TryParse(text, out Signal signal));
        Assert.Equal(number, signal.Number);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("SIG")]
    [InlineData("RTMIN+99")]
    [InlineData("-9")]
    public void TryParse_OfAnythingElse_IsFalse(string text) => Assert.False(Signal.TryParse(text, out _));
}
