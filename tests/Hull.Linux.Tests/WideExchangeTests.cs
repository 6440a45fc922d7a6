using System.Runtime.InteropServices;
using Iced.Intel;

namespace Hull.Linux.Tests;

/// <summary>16 bytes compared and exchanged at once.</summary>
public sealed class WideExchangeTests
{
    [Fact]
    public void Bytes_Disassembled_AreTheListingBesideThem()
    {
        string[] listing = CodeListing.Read("src/base/Hull.Linux/Memory/WideExchange.cs");
        List<Instruction> code = CodeListing.Disassemble(WideExchange.Bytes);

        Assert.Equal(listing, code.Select(CodeListing.Describe));
        Assert.Contains(code, instruction => instruction.Mnemonic == Mnemonic.Cmpxchg16b && instruction.HasLockPrefix);
    }

    [Fact]
    public void CompareExchange_WritesOnlyWhatWasExpected()
    {
        Assert.SkipUnless(WideExchange.IsAvailable, "This host is not x86-64.");
        using PrivateMemory memory = new(4096);
        UInt128 first = new(0x1122334455667788, 0x99AABBCCDDEEFF00);
        UInt128 second = new(1, 2);

        UInt128 written = WideExchange.CompareExchange(memory.Base, UInt128.Zero, first);
        UInt128 refused = WideExchange.CompareExchange(memory.Base, second, second);
        UInt128 replaced = WideExchange.CompareExchange(memory.Base, first, second);

        Assert.Equal((UInt128.Zero, first, first), (written, refused, replaced));
        Assert.Equal((2L, 1L), (Marshal.ReadInt64(memory.Base), Marshal.ReadInt64(memory.Base, 8)));
    }

    [Fact]
    public void GiveBack_OfPrivateMemory_LeavesZeros()
    {
        using PrivateMemory memory = new(1 << 20);
        Marshal.WriteInt64(memory.Base, 70000, 7);

        memory.GiveBack();

        Assert.Equal(0, Marshal.ReadInt64(memory.Base, 70000));
    }
}
