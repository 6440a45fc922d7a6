namespace Hull.Primitives.Tests;

/// <summary>Text of strangers on its way to a terminal.</summary>
public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain, with umlauts: äöü and 漢字", "plain, with umlauts: äöü and 漢字")]
    [InlineData("", "")]
    [InlineData("\u001b]0;title\a", "?]0;title?")]
    [InlineData("one\nhull: two\r\n\t", "one?hull: two???")]
    [InlineData("\u007f\u0080\u009b2J\0", "???2J?")]
    public void Of_AnyText_LeavesNoControlCharacter(string text, string expected) => Assert.Equal(expected, PlainText.Of(text));
}
