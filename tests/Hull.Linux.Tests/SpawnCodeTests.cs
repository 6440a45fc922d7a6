using System.Globalization;
using System.Text.RegularExpressions;
using Iced.Intel;

namespace Hull.Linux.Tests;

public sealed partial class SpawnCodeTests
{
    [Fact]
    public void Bytes_Disassembled_AreTheListingBesideThem()
    {
        List<(int Length, string Mnemonic)> listing = ReadListing();
        List<Instruction> code = Disassemble();

        Assert.Equal(
            listing.Select(line => $"{line.Length} {line.Mnemonic}"),
            code.Select(instruction => $"{instruction.Length} {Name(instruction)}"));
    }

    [Fact]
    public void Branches_LandOnInstructions()
    {
        List<Instruction> code = Disassemble();
        HashSet<ulong> starts = [.. code.Select(instruction => instruction.IP)];

        ulong[] targets = [.. code.Where(instruction => instruction.IsJccShortOrNear || instruction.IsJmpShortOrNear)
            .Select(instruction => instruction.NearBranchTarget)];

        Assert.NotEmpty(targets);
        Assert.All(targets, target => Assert.Contains(target, starts));
        Assert.DoesNotContain(code, instruction => (instruction.Mnemonic != Mnemonic.Syscall && instruction.FlowControl is FlowControl.Call or FlowControl.IndirectCall
            or FlowControl.IndirectBranch) || instruction.IsInvalid);
    }

    [Fact]
    public void Stores_GoOnlyWhereTheLayoutSays()
    {
        InstructionInfoFactory factory = new();
        string[] targets = [.. Disassemble()
            .SelectMany(instruction => factory.GetInfo(instruction).GetUsedMemory())
            .Where(memory => memory.Access is OpAccess.Write or OpAccess.ReadWrite)
            .Select(memory => memory.Base.ToString() + "+" + memory.Displacement.ToString("x", CultureInfo.InvariantCulture))
            .Distinct().Order(StringComparer.Ordinal)];

        // The result cell, a store's cell, the clone's error field, the control block, and the stack of push.
        Assert.Equal(["None+700008", "None+700010", "None+700020", "RBX+68", "RCX+0", "RDI+0"], targets.Where(target => !target.StartsWith("RSP", StringComparison.Ordinal)));
    }

    private static List<Instruction> Disassemble()
    {
        byte[] bytes = SpawnCode.Bytes.ToArray();
        Decoder decoder = Decoder.Create(64, new ByteArrayCodeReader(bytes));
        List<Instruction> code = [];
        while (decoder.IP < (ulong)bytes.Length)
        {
            code.Add(decoder.Decode());
        }

        return code;
    }

    private static string Name(Instruction instruction) => instruction.Mnemonic.ToString().ToLowerInvariant();

    private static List<(int Length, string Mnemonic)> ReadListing()
    {
        DirectoryInfo directory = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "hull.slnx")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The repository was not found.");
        }

        List<(int, string)> listing = [];
        foreach (string line in File.ReadLines(Path.Combine(directory.FullName, "src/base/Hull.Linux/SpawnCode.cs")))
        {
            Match match = ListingLine().Match(line);
            if (match.Success)
            {
                int bytes = match.Groups[1].Value.Split("0x").Length - 1;
                if (match.Groups[2].Value == "padding")
                {
                    listing.AddRange(Enumerable.Repeat((1, "int3"), bytes));
                }
                else
                {
                    listing.Add((bytes, match.Groups[2].Value));
                }
            }
        }

        return listing;
    }

    [GeneratedRegex(@"^\s+((?:0x[0-9a-f]{2}, ?)+)\s*// (\w+)")]
    private static partial Regex ListingLine();
}
