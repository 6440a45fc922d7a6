using Hull.Cli.Commands;

namespace Hull.Cli.Tests;

public sealed class MomentTests
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Theory]
    [InlineData("2026-01-02T15:04:05Z", "2026-01-02T15:04:05Z")]
    [InlineData("0.5", "1970-01-01T00:00:00.5Z")]
    [InlineData("1h", "2026-01-02T02:04:05Z")]
    [InlineData("999999999h", "1970-01-01T00:00:00Z")]
    public void ReadMoment_OfATime_IsThatMoment(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), LogsCommand.ReadMoment(text, s_now));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("-5")]
    public void ReadMoment_OfAnythingElse_IsOneSentence(string text) =>
        Assert.ThrowsAny<HullException>(() => LogsCommand.ReadMoment(text, s_now));
}
