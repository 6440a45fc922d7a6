using System.Text.RegularExpressions;
using Iced.Intel;

namespace Hull.Linux.Tests;

/// <summary>Compares machine code with the listing beside it in the source.</summary>
internal static partial class CodeListing
{
    /// <summary>Each instruction of a listing, as <see cref="Describe"/> names it.</summary>
    internal static string[] Read(string path)
    {
        List<string> listing = [];
        foreach (string line in File.ReadLines(Checkout.At(path)))
        {
            Match match = ListingLine().Match(line);
            if (match.Success)
            {
                int bytes = match.Groups[1].Value.Split("0x").Length - 1;
                bool isPadding = match.Groups[2].Value == "padding";
                listing.AddRange(isPadding ? Enumerable.Repeat("1 int3", bytes) : [$"{bytes} {match.Groups[2].Value}"]);
            }
        }

        return [.. listing];
    }

    internal static string Describe(Instruction instruction) =>
        $"{instruction.Length} {instruction.Mnemonic.ToString().ToLowerInvariant()}";

    internal static List<Instruction> Disassemble(ReadOnlySpan<byte> bytes)
    {
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(bytes.ToArray()));
        List<Instruction> code = [];
        while (decoder.IP < (ulong)bytes.Length)
        {
            code.Add(decoder.Decode());
        }

        return code;
    }

    [GeneratedRegex(@"^\s+((?:0x[0-9a-f]{2}, ?)+)\s*// (\w+)")]
    private static partial Regex ListingLine();
}
