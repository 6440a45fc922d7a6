using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>Two processors on one memory: locked instructions are single, and changed code is seen.</summary>
public sealed class TwoProcessorTests : IDisposable
{
    private const ulong First = 0x10000, Second = 0x14000, Data = 0x20000;

    // Both wait for each other.
    private const string Together = "lock inc qword [rbx + 0x900]\nboth: cmp qword [rbx + 0x900], 2\njb both\n";

    private readonly LongModeRig _rig = new();
    private readonly InterpretingProcessor _other;

    public TwoProcessorTests()
    {
        _other = new InterpretingProcessor(_rig.Memory);
        for (ulong page = 0; page < 0x40000; page += 0x1000)
        {
            _rig.Memory.TryGetPage(new GuestAddress(page), true, out _); // from here on nobody changes the map of pages
        }
    }

    public void Dispose()
    {
        _other.Dispose();
        _rig.Dispose();
    }

    [Theory]
    [InlineData("lock inc qword [rbx]")]
    [InlineData("lock inc word [rbx]", 16)]
    [InlineData("lock add dword [rbx], 1", 32)]
    [InlineData("mov eax, 1\n lock xadd [rbx], rax")]
    [InlineData("mov eax, 1\n lock xadd [rbx + 0x1FF9 - 0x1000], eax", 32, 0xFF9)]
    [InlineData("mov eax, 1\n lock xadd [rbx + 61], rax", 64, 61)]
    [InlineData("try: mov rax, [rbx]\n lea rdx, [rax + 1]\n lock cmpxchg [rbx], rdx\n jnz try")]
    [InlineData("try: lock bts qword [rbx + 64], 3\n jc try\n inc qword [rbx]\n lock btr qword [rbx + 64], 3")]
    [InlineData("mov al, 1\n try: xchg al, [rbx + 64]\n test al, al\n jnz try\n inc qword [rbx]\n mov byte [rbx + 64], 0\n")]
    [InlineData("try: mov rax, [rbx]\n mov rdx, [rbx + 8]\n mov r8, rbx\n lea rbx, [rax + 1]\n lea r9, [rdx + 2]\n mov rsi, rcx\n mov rcx, r9\n lock cmpxchg16b [r8]\n mov rbx, r8\n mov rcx, rsi\n jnz try")]
    public void LockedInstructions_OfBoth_LoseNothing(string body, int bits = 64, int offset = 0)
    {
        const int Rounds = 20000;
        string program = $"mov ecx, {Rounds}\nagain:\n{body}\ndec ecx\njnz again\nhlt";

        RunBoth(program, program);

        ulong mask = bits == 64 ? ulong.MaxValue : (1ul << bits) - 1;
        Assert.Equal(2ul * Rounds & mask, _rig.Read64(Data + (ulong)offset) & mask);
    }

    // The first counts in the low half by CMPXCHG16B, the second in the high half by LOCK XADD: an exchange that came between
    // another access's read and write would lose what that wrote.
    [Theory]
    [InlineData("mov eax, 1\n lock xadd [rbx + 8], rax")]
    [InlineData("lock inc qword [rbx + 8]")]
    [InlineData("inc rax\n mov [rbx + 8], rax")]
    public void CompareExchange16_BesideOtherWritesToItsBytes_LosesNothing(string body)
    {
        const int Rounds = 20000;
        string wide = $"""
            mov r10d, {Rounds}
            mov r8, rbx
            again: mov rax, [r8]
            mov rdx, [r8 + 8]
            try: lea rbx, [rax + 1]
            mov rcx, rdx
            lock cmpxchg16b [r8]
            jnz try
            dec r10d
            jnz again
            hlt
            """;
        string narrow = $"mov ecx, {Rounds}\nxor eax, eax\nagain:\n{body}\ndec ecx\njnz again\nhlt";

        RunBoth(wide, narrow);

        Assert.Equal(((ulong)Rounds, (ulong)Rounds), (_rig.Read64(Data), _rig.Read64(Data + 8)));
    }

    // The first counts in the lower half, beside the end of a line or page; the second stores to the upper half, and finds what it stored.
    [Theory]
    [InlineData("lock add qword [rbx + 60], 1", 60)]
    [InlineData("lock inc qword [rbx + 60]", 60)]
    [InlineData("mov eax, 1\n lock xadd [rbx + 60], rax", 60)]
    [InlineData("clc\n lock adc qword [rbx + 60], 1", 60)]
    [InlineData("try: mov rax, [rbx + 60]\n lea rdx, [rax + 1]\n lock cmpxchg [rbx + 60], rdx\n jnz try", 60)]
    [InlineData("mov eax, 1\n lock xadd [rbx + 0xFFC], rax", 0xFFC)]
    public void SplitLock_BesidePlainStoresToItsUpperHalf_LosesNone(string body, int offset)
    {
        const int Rounds = 200_000;
        string counts = $"{Together}mov ecx, {Rounds}\nagain:\n{body}\ndec ecx\njnz again\nhlt";
        string stores = $"""
            {Together}mov ecx, {Rounds}
            xor edx, edx
            again: mov [rbx + {offset + 4}], ecx
            cmp [rbx + {offset + 4}], ecx
            je next
            inc edx
            next: dec ecx
            jnz again
            mov [rbx + 0x800], rdx
            hlt
            """;

        RunBoth(counts, stores);

        Assert.Equal(0ul, _rig.Read64(Data + 0x800));
        Assert.Equal((ulong)Rounds, _rig.Read64(Data + (ulong)offset) & uint.MaxValue);
        Assert.Equal(1ul, _rig.Read64(Data + (ulong)offset) >> 32);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(61)]
    public void LockedAddWithCarry_OfBoth_TakesTheCarryOnce(int offset)
    {
        const int Rounds = 200_000;
        string program = $"{Together}mov ecx, {Rounds}\nagain: stc\n lock adc qword [rbx + {offset}], 0\ndec ecx\njnz again\nhlt";

        RunBoth(program, program);

        Assert.Equal(2ul * Rounds, _rig.Read64(Data + (ulong)offset)); // a second try with its own carry would add nothing
    }

    [Fact]
    public void Code_ChangedByAnotherProcessor_IsSeenByTheRunningOne()
    {
        const ulong Flag = Data + 0x100, Answer = Data + 0x108;

        // One calls a function until it returns what the other wrote into it.
        string caller = $"""
            again: call target
            cmp eax, 0x55
            je done
            mov qword [{Flag}], 1
            jmp again
            done: mov [{Answer}], rax
            hlt
            align 256
            target: mov eax, 0x11
            ret
            """;
        string writer = $"""
            until: cmp qword [{Flag}], 1
            jne until
            mov byte [{First} + 0x101], 0x55
            hlt
            """;

        RunBoth(caller, writer);

        Assert.Equal(0x55ul, _rig.Read64(Answer));
    }

    [Fact]
    public void Code_WrittenBesideRunningCode_GoesOn()
    {
        string program = $"""
            mov ecx, 1000
            again: mov [rel beside], rcx
            inc qword [{Data}]
            dec ecx
            jnz again
            hlt
            align 64
            beside: dq 0
            """;

        RunBoth(program, "hlt");

        Assert.Equal(1000ul, _rig.Read64(Data));
    }

    private void RunBoth(string first, string second)
    {
        _rig.Memory.TryWrite(new GuestAddress(First), Assembler.Assemble(64, First, first));
        _rig.Memory.TryWrite(new GuestAddress(Second), Assembler.Assemble(64, Second, second));
        _rig.State.General[3] = Data;
        _rig.State.General[4] = 0x30000;
        _rig.Processor.Load(_rig.State);
        ProcessorState state = _rig.State;
        state.Rip = Second;
        state.General[4] = 0x38000;
        _other.Load(in state);
        ProcessorStop stopped = ProcessorStop.Failed;
        Thread thread = new(() => stopped = _other.Run(SilentBoard.Instance));
        using Timer limit = new(
            _ =>
            {
                _rig.Processor.RequestStop();
                _other.RequestStop();
            },
            null,
            20_000,
            Timeout.Infinite);
        thread.Start();
        ProcessorStop here = _rig.Processor.Run(SilentBoard.Instance);
        thread.Join();
        Assert.Equal((ProcessorStop.Halted, ProcessorStop.Halted), (here, stopped));
    }
}
