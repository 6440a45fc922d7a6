namespace Hull.Primitives.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("123", 123)]
    [InlineData("64k", 65_536)]
    [InlineData("512m", 536_870_912)]
    [InlineData("512MB", 536_870_912)]
    [InlineData("1.5g", 1_610_612_736)]
    [InlineData("1GiB", 1_073_741_824)]
    public void Parse_OfAnAmount_CountsInBinaryUnits(string text, long bytes) =>
        Assert.Equal(bytes, ByteSize.Parse(text).Bytes);

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1")]
    [InlineData("1.2.3")]
    [InlineData("99999999999999999999t")]
    [InlineData("9999999999g")]
    public void TryParse_OfAnythingElse_IsFalse(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0B")]
    [InlineData(1536, "1.5KiB")]
    [InlineData(268_435_456, "256MiB")]
    public void ToString_OfAnAmount_PicksTheUnit(long bytes, string expected) =>
        Assert.Equal(expected, new ByteSize(bytes).ToString());

    [Fact]
    public void ToDecimalString_OfAnAmount_CountsInThousands() =>
        Assert.Equal("117MB", new ByteSize(117_000_000).ToDecimalString());
}
