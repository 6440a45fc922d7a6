using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>Protected mode as programs of its time use it: tables of their own, tasks, gates, virtual-8086 mode, PAE, debug registers.</summary>
public sealed class ProtectedModeTests : IDisposable
{
    private const ulong Origin = 0x10000;

    // Selectors: 8 code, 16 data, 27 user code, 35 user data, 40 and 48 tasks, 59 a call gate to ring 0 with two parameters.
    private const string Tables = """
        jmp start
        %macro segment 2
            dw 0xFFFF, 0
            db 0, %1, %2, 0
        %endmacro
        align 8
        gdt:
            dq 0
            segment 0x9A, 0xCF
            segment 0x92, 0xCF
            segment 0xFA, 0xCF
            segment 0xF2, 0xCF
        task1: dw 103, tss1 - $$, 0x8901, 0
        task2: dw 103, tss2 - $$, 0x8901, 0
        callgate: dw service - $$, 8, 0xEC02, 1
        gdtend:
        gdtr: dw 127
            dd gdt
        idtr: dw 0x30 * 8 + 7
            dd idt
        align 16
        tss1: dd 0, 0x1E000, 16
            times 23 dd 0
        tss2: dd 0, 0x1D000, 16
            times 23 dd 0
        align 16
        idt: times 0x31 dq 0
        %macro handler 3
            mov dword [idt + %1 * 8], 0x80000 + ((%2 - $$) & 0xFFFF)
            mov dword [idt + %1 * 8 + 4], 0x10000 + 0x8E00 + (%3 << 13)
        %endmacro
        count: dd 0
        """;

    private readonly SparseMemory _memory = new(1ul << 32);
    private readonly InterpretingProcessor _processor;
    private ProcessorState _state;

    public ProtectedModeTests() => _processor = new InterpretingProcessor(_memory);

    public void Dispose()
    {
        _processor.Dispose();
        _memory.Dispose();
    }

    [Fact]
    public void Pae_WithLargePages_TranslatesAndMarksEntries()
    {
        Run("""
            start:
            mov dword [0x20000], 0x21001      ; directory pointers
            mov dword [0x21000], 0x000083     ; 2 MiB pages: the first as it is
            mov dword [0x21010], 0x600083     ; 4 MiB leads to 6 MiB
            mov dword [0x21018], 0x600083
            mov eax, cr4
            or eax, 0x20
            mov cr4, eax
            mov eax, 0x20000
            mov cr3, eax
            mov eax, cr0
            or eax, 0x80000000
            mov cr0, eax
            mov dword [0x400010], 0x1234
            mov ebx, [0x600010]
            mov ecx, [0x21010]
            mov edx, [0x21018]
            mov dword [0x20000], 0            ; pointers are loaded with CR3 only
            invlpg [0x400000]
            mov esi, [0x400010]
            hlt
            """);

        Assert.Equal(0x1234ul, _state.General[3]);
        Assert.Equal(0x6000E3ul, _state.General[1]);
        Assert.Equal(0x6000A3ul, _state.General[2]);
        Assert.Equal(0x1234ul, _state.General[6]);
    }

    [Fact]
    public void Virtual8086_SoftwareInterruptWithoutPrivilege_FaultsIntoTheMonitor()
    {
        Run(Virtual8086(ioplBits: 0));

        Assert.Equal(0ul, _state.General[0]);           // error code
        Assert.Equal(0x2000ul, _state.General[3]);      // CS of the program
        Assert.Equal(3ul, _state.General[1]);           // IP of INT 21h
        Assert.Equal(0x20002ul, _state.General[2] & 0x20002);
        Assert.Equal(0x5555ul, _state.General[6]);      // DS of the program
        Assert.Equal(0x4321ul, _state.General[7]);      // its AX
    }

    [Fact]
    public void Virtual8086_SoftwareInterruptWithPrivilege_GoesThroughTheInterruptTable()
    {
        Run(Virtual8086(ioplBits: 0x3000));

        Assert.Equal(0x21ul, _state.General[0]);
        Assert.Equal(5ul, _state.General[1]);           // IP after INT 21h
        Assert.Equal(0x2000ul, _state.General[3]);
        Assert.Equal(0x5555ul, _state.General[6]);
    }

    [Fact]
    public void Task_CalledAndReturned_KeepsBothStates()
    {
        Run("""
            start:
            lgdt [gdtr]
            mov ax, 40
            ltr ax
            mov dword [tss2 + 0x20], other
            mov dword [tss2 + 0x24], 2
            mov dword [tss2 + 0x38], 0x1D000
            mov dword [tss2 + 0x28], 0x7777   ; EAX of the other task
            mov dword [tss2 + 0x48], 16
            mov dword [tss2 + 0x4C], 8
            mov dword [tss2 + 0x50], 16
            mov dword [tss2 + 0x54], 16
            mov eax, 0x1111
            mov ebx, 0x2222
            call 48:0
            mov edx, [task1 + 5]              ; busy again
            mov esi, [task2 + 5]              ; not busy
            str ebp
            hlt
            other:
            mov [count], eax
            mov ecx, [tss2]                   ; the link back
            mov [0x30000], ecx
            pushfd
            pop dword [0x30004]
            iret
            """);

        Assert.Equal(0x1111ul, _state.General[0]);
        Assert.Equal(0x2222ul, _state.General[3]);
        Assert.Equal(0x8Bul, _state.General[2] & 0xFF);
        Assert.Equal(0x89ul, _state.General[6] & 0xFF);
        Assert.Equal(40ul, _state.General[5]);
        Assert.Equal(40u, Read32(0x30000));
        Assert.Equal(0x4000u, Read32(0x30004) & 0x4000); // NT
        Assert.Equal(0ul, _state.Rflags & 0x4000);
    }

    [Fact]
    public void CallGate_FromRing3_SwitchesStacksAndCopiesParameters()
    {
        Run(ToRing3 + """
            user:
            push dword 0x1111
            push dword 0x2222
            call 59:0
            mov edi, esp
            int 0x30
            """);

        Assert.Equal(0x2222ul, _state.General[0]);
        Assert.Equal(0x1111ul, _state.General[3]);
        Assert.Equal(0x1E000ul - 24, _state.General[1]); // SS, ESP, two parameters, CS, EIP
        Assert.Equal(8ul, _state.General[2]);
        Assert.Equal(0x1C000ul, _state.General[7]);      // parameters are gone from the user's stack
    }

    [Fact]
    public void PopSs_FromSmallStackToLarge_MovesTheSmallPointer()
    {
        Run("""
            start:
            lgdt [gdtr]
            mov byte [gdt + 8 * 4 + 5], 0x92  ; the fifth segment: ring 0 and 16 bits
            mov byte [gdt + 8 * 4 + 6], 0x0F
            mov ax, 32
            mov ss, ax
            mov esp, 0x2FFFC
            mov dword [0xFFFC], 16
            pop ss
            mov ebx, esp
            mov esp, 0x1F000
            hlt
            """);

        Assert.Equal(0x20000ul, _state.General[3]);
    }

    // Found by the comparison with Bochs, TransferTests.
    [Fact]
    public void CallGate_BeyondItsSegmentsLimit_FaultsAtTheCall()
    {
        Run("""
            start:
            lgdt [gdtr]
            lidt [idtr]
            handler 13, fault, 0
            mov byte [callgate + 4], 0
            mov byte [callgate + 7], 0x40     ; an offset above 1 GiB
            mov dword [gdt + 8 * 3], 0x0FFFF
            mov dword [gdt + 8 * 3 + 4], 0x409A00
            mov byte [callgate + 2], 24       ; in a segment of 64 KiB
            here: call 59:0
            fault:
            mov eax, [esp]
            mov ebx, [esp + 4]
            mov ecx, here
            hlt
            """);

        Assert.Equal(0ul, _state.General[0]);
        Assert.Equal(_state.General[1], _state.General[3]);
    }

    [Fact]
    public void InterruptGate_MarksItsCodeSegmentAsAccessed()
    {
        Run("""
            start:
            lgdt [gdtr]
            lidt [idtr]
            handler 0x30, done, 0
            int 0x30
            done:
            mov eax, [gdt + 8 + 4]
            hlt
            """);

        Assert.Equal(0x9Bul, _state.General[0] >> 8 & 0xFF);
    }

    [Fact]
    public void Fault_WhileDelivering_BecomesDoubleFault()
    {
        Run("""
            start:
            lgdt [gdtr]
            lidt [idtr]
            handler 8, double, 0
            mov ax, 0xFFF8                    ; outside the table: #GP, which has no gate: #NP
            mov ds, ax
            hlt
            double:
            pop eax
            mov ebx, 0x88
            hlt
            """);

        Assert.Equal(0ul, _state.General[0]);
        Assert.Equal(0x88ul, _state.General[3]);
    }

    [Fact]
    public void Breakpoints_OfAllKinds_TrapWhereTheyShould()
    {
        Run("""
            start:
            lgdt [gdtr]
            lidt [idtr]
            handler 1, trap, 0
            mov edi, 0x30000
            mov eax, here
            mov dr0, eax
            mov eax, count
            mov dr1, eax
            mov eax, 0x000D0000 << 4 | 0x5 | 0x400   ; 0: instruction, 1: write of 4 bytes
            and eax, 0xFFF0FFFF
            mov dr7, eax
            nop
            here: mov dword [count], 5
            after: nop
            mov eax, 0x400
            mov dr7, eax
            pushfd
            or dword [esp], 0x100
            popfd
            nop
            step: pushfd
            and dword [esp], ~0x100
            popfd
            mov eax, 0x2400                   ; general detect
            mov dr7, eax
            detect: mov eax, dr0
            hlt
            trap:
            mov eax, [esp]
            stosd
            mov eax, dr6
            stosd
            xor eax, eax
            mov dr6, eax
            or dword [esp + 8], 0x10000       ; resume past the breakpoint
            iret
            """);

        uint here = Read32(0x30000);
        Assert.Equal(0xFFFF0FF1u, Read32(0x30004));
        Assert.Equal(here + 10, Read32(0x30008));
        Assert.Equal(0xFFFF0FF2u, Read32(0x3000C));
        Assert.Equal(0xFFFF4FF0u, Read32(0x30014));
        Assert.Equal(Read32(0x30010) + 1, Read32(0x30018)); // the next step is one byte on
    }

    private const string ToRing3 = """
        start:
        lgdt [gdtr]
        lidt [idtr]
        handler 0x30, finish, 3
        mov ax, 40
        ltr ax
        mov esp, 0x1F000
        push dword 35
        push dword 0x1C000
        push dword 2
        push dword 27
        push dword user
        iret
        finish: hlt
        service:
        mov eax, [esp + 8]
        mov ebx, [esp + 12]
        mov ecx, esp
        mov edx, cs
        retf 8

        """;

    private static string Virtual8086(int ioplBits) => $"""
        start:
        lgdt [gdtr]
        lidt [idtr]
        handler 13, fault, 0
        handler 0x21, call21, 3
        mov ax, 40
        ltr ax
        mov dword [0x20000], 0xCD4321B8       ; mov ax, 4321h; int 21h
        mov byte [0x20004], 0x21
        mov esp, 0x1F000
        push dword 0x6666
        push dword 0x6666
        push dword 0x5555                     ; DS
        push dword 0x6666
        push dword 0x3000                     ; SS
        push dword 0x100
        push dword 0x20002 + {ioplBits}
        push dword 0x2000                     ; CS
        push dword 0
        iret
        fault:
        mov edi, eax
        pop eax
        jmp look
        call21:
        mov eax, 0x21
        look:
        mov ecx, [esp]
        mov ebx, [esp + 4]
        mov edx, [esp + 8]
        mov esi, [esp + 24]
        hlt
        """;

    private void Run(string source)
    {
        string stub = source.Contains("service:", StringComparison.Ordinal) ? "" : "\nservice: hlt";
        byte[] code = Assembler.Assemble(32, Origin, Tables + "\n" + source + stub);
        _memory.TryWrite(new GuestAddress(Origin), code);
        SegmentState data = new() { Selector = 16, Limit = uint.MaxValue, Attributes = 0xC093 };
        _state = ProcessorState.Reset();
        _state.Cr0 = 0x31;
        _state.Cs = data with { Selector = 8, Attributes = 0xC09B };
        _state.Ss = _state.Ds = _state.Es = _state.Fs = _state.Gs = data;
        _state.Rip = Origin;
        _state.General[4] = 0x1F000;
        _processor.Load(_state);
        using Timer timer = new(_ => _processor.RequestStop(), null, 5000, Timeout.Infinite);
        ProcessorStop stop = _processor.Run(SilentBoard.Instance);
        _processor.Save(ref _state);
        Assert.Equal(ProcessorStop.Halted, stop);
    }

    private uint Read32(ulong address)
    {
        Span<byte> bytes = stackalloc byte[4];
        _memory.TryRead(new GuestAddress(address), bytes);
        return BitConverter.ToUInt32(bytes);
    }
}
