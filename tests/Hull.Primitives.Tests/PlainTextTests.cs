namespace Hull.Primitives.Tests;

/// <summary>Text of strangers on its way to a terminal.</summary>
public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain, with umlauts: äöü and 漢字", "plain, with umlauts: äöü and 漢字")]
    [InlineData("", "")]
    [InlineData("می\u200cخواهم", "می\u200cخواهم")]
    [InlineData("\u001b]0;title\a", @"\x1b]0;title\x07")]
    [InlineData("one\nhull: two\r\n\t", @"one\nhull: two\r\n\t")]
    [InlineData("\u007f\u0080\u009b2J\0", @"\x7f\u0080\u009b2J\x00")]
    [InlineData("a\u202eb\u2028c", @"a\u202eb\u2028c")]
    [InlineData("\U000e0001", @"\U000e0001")]
    public void Of_AnyText_SpellsOutWhatSteersATerminal(string text, string expected) => Assert.Equal(expected, PlainText.Of(text));

    [Theory]
    [InlineData("abcd", 4, "abcd")]
    [InlineData("abcde", 4, "abcd")]
    [InlineData("abc\u001b", 6, "abc")]
    [InlineData("abc\u001b", 7, @"abc\x1b")]
    [InlineData("abc😀", 4, "abc")]
    public void Of_ALimit_CutsNoLetterInTwo(string text, int maxLetters, string expected) =>
        Assert.Equal(expected, PlainText.Of(text, maxLetters));
}
