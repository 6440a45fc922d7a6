namespace Hull.System.Tests;

/// <summary>How an option of a command shows: the same command without and with it, and where to look.</summary>
/// <param name="Option">The command's name, and the option's.</param>
/// <param name="Command">The command line; <c>@</c> stands for where the option's words go.</param>
/// <param name="Words">The option's words.</param>
/// <param name="Look">The command whose result tells; null for the command itself.</param>
/// <param name="Before">What is done first, by commands parted by <c>;</c>; empty to work on what all tests share.</param>
internal sealed record OptionEffect(string Option, string Command, string Words, string? Look = null, string Before = "");
