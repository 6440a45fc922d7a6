using System.Globalization;
using Iced.Intel;

namespace Hull.Linux.Tests;

public sealed class SpawnCodeTests
{
    [Fact]
    public void Bytes_Disassembled_AreTheListingBesideThem()
    {
        string[] listing = CodeListing.Read("src/base/Hull.Linux/Spawn/SpawnCode.cs");

        Assert.Equal(listing, Disassemble().Select(CodeListing.Describe));
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

    private static List<Instruction> Disassemble() => CodeListing.Disassemble(SpawnCode.Bytes);
}
