using System.Runtime.InteropServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>Branches out of the lower half of memory: #GP at the branch, as an Intel processor of today does each of these.</summary>
public sealed class CanonicalTests : IDisposable
{
    private const ulong Top = 0x8000_0000_0000;
    private const ulong Start = Top - 0x2000;
    private const ulong Stack = 0x30000, Handler = 0x20000;
    private const ulong Global = 0x5000, Interrupts = 0x6000;
    private const int GeneralProtection = 13;

    private readonly LongModeRig _rig = new();

    public CanonicalTests()
    {
        // The last gigabyte of the lower half is the first of memory.
        _rig.Write64(0x1000 + (255 * 8), 0x4007);
        _rig.Write64(0x4000 + (511 * 8), 0x87);
        _rig.Write64(Global + 8, 0x00AF9B000000FFFF);
        _rig.Write64(Global + 16, 0x00CF93000000FFFF);
        for (ulong vector = 0; vector < 32; vector++)
        {
            ulong handler = Handler + (vector * 16);
            _rig.Write64(Interrupts + (vector * 16), (handler & 0xFFFF) | (8 << 16) | 0x8E0000000000 | (handler >> 16 << 48));
            _rig.Memory.TryWrite(new GuestAddress(handler), [0xF4]);
        }

        _rig.State.Gdtr = new TableState { Base = Global, Limit = 23 };
        _rig.State.Idtr = new TableState { Base = Interrupts, Limit = 0x1FF };
        _rig.State.General[0] = Top;
        _rig.State.General[1] = 5;
        _rig.State.General[4] = Stack;
        ReadOnlySpan<ulong> words = [Top, 8, 0x202, Stack, 16];
        _rig.Memory.TryWrite(new GuestAddress(Stack), MemoryMarshal.AsBytes(words));
    }

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("jmp strict near 0x800000000010", 0)]
    [InlineData("xor edx, edx\n jz strict near 0x800000000010", 2)]
    [InlineData("call 0x800000000010", 0)]
    [InlineData("jmp rax", 0)]
    [InlineData("call rax", 0)]
    [InlineData("ret", 0)]
    [InlineData("ret 8", 0)]
    [InlineData("o64 retf", 0)]
    [InlineData("iretq", 0)]
    [InlineData("o64 jmp far [rsp]", 0)]
    [InlineData("o64 call far [rsp]", 0)]
    [InlineData("times 0x1FF0 nop\n loop strict $ + 0x20", 0x1FF0)]
    [InlineData("times 0x1FF0 nop\n jrcxz strict $ + 0x20", 0x1FF0, 0)]
    public void Branch_ToNoAddress_FaultsAtTheBranch(string code, ulong offset, ulong count = 5)
    {
        _rig.State.General[1] = count;

        ulong rip = Fault(code);

        Assert.Equal(Start + offset, rip);
        Assert.Equal(count, _rig.State.General[1]);
        Assert.Equal(Stack, _rig.Read64(_rig.State.General[4] + 32)); // the stack before the branch
    }

    [Fact]
    public void Code_ThatRunsOutOfTheLowerHalf_FaultsBehindIt()
    {
        ulong rip = Fault("times 0x2000 nop");

        Assert.Equal(Top, rip);
    }

    // The frame is error code, RIP, CS, RFLAGS, RSP, SS.
    private ulong Fault(string code)
    {
        _rig.State.Rip = Start & 0x3FFFFFFF;
        _rig.Memory.TryWrite(new GuestAddress(_rig.State.Rip), Assembler.Assemble(64, Start, code));
        _rig.State.Rip = Start;
        _rig.Run([]);
        Assert.Equal(Handler + (GeneralProtection * 16) + 1, _rig.State.Rip);
        Assert.Equal(0ul, _rig.Read64(_rig.State.General[4]));
        return _rig.Read64(_rig.State.General[4] + 8);
    }
}
