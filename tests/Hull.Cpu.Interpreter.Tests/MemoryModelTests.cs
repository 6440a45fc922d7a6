using System.Buffers.Binary;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>
/// Small programs on two to four processors whose outcomes the memory model forbids or allows; only forbidden ones fail.
/// Source: Intel SDM vol. 3A, 8.2.3; the names are those of the literature.
/// </summary>
public sealed class MemoryModelTests : IDisposable
{
    // Each round has a place of its own, so that nobody has to wait for anybody between rounds.
    private const int Rounds = 20_000, PlaceBytes = 128;
    private const ulong First = 0x10000, ProgramBytes = 0x1000, Start = 0x20000, Places = 0x1000000, Results = 0x2000000, ResultBytes = 0x100000;

    private readonly LongModeRig _rig = new();
    private readonly List<InterpretingProcessor> _others = [];

    public MemoryModelTests()
    {
        for (ulong page = 0; page < 0x40000; page += 0x1000)
        {
            Touch(page);
        }

        for (ulong at = 0; at < Rounds * PlaceBytes; at += 0x1000)
        {
            Touch(Places + at);
        }

        for (ulong at = 0; at < 4 * ResultBytes; at += 0x1000)
        {
            Touch(Results + at);
        }
    }

    public void Dispose()
    {
        _others.ForEach(other => other.Dispose());
        _rig.Dispose();
    }

    // Store buffering: each writes one and reads the other. Both reading the old value is what a store buffer does, and what these forbid.
    [Theory]
    [InlineData("mov dword [rbx + {0}], 1\n mfence\n mov eax, [rbx + {1}]")]
    [InlineData("mov edx, 1\n xchg [rbx + {0}], edx\n mov eax, [rbx + {1}]")]
    [InlineData("mov dword [rbx + {0}], 1\n lock or dword [rsp - 64], 0\n mov eax, [rbx + {1}]")]
    [InlineData("mov dword [rbx + {0}], 1\n mov edx, eax\n lock xadd [rsp - 64], edx\n mov eax, [rbx + {1}]")]
    [InlineData("mov dword [rbx + {0}], 1\n mov r8, rbx\n mov r9, rcx\n xor eax, eax\n cpuid\n mov rbx, r8\n mov rcx, r9\n mov eax, [rbx + {1}]")]
    [InlineData("mov dword [rbx + {0}], 1\n mov rdx, cr3\n mov cr3, rdx\n mov eax, [rbx + {1}]")]
    [InlineData("mov dword [rbx + {0}], 1\n invlpg [rbx]\n mov eax, [rbx + {1}]")]
    [InlineData("mov dword [rbx + {0}], 1\n mov r9, rcx\n mov ecx, 0xC0000081\n xor eax, eax\n xor edx, edx\n wrmsr\n mov rcx, r9\n mov eax, [rbx + {1}]")]
    public void StoreBuffering_BehindABarrier_NeverReadsBothOldValues(string body)
    {
        Run(string.Format(null, body, 0, 64), string.Format(null, body, 64, 0));

        Assert.DoesNotContain((0u, 0u), Outcomes());
    }

    // Message passing: who sees the flag sees the data, whatever their sizes, kinds and alignment.
    [Theory]
    [InlineData("mov dword [rbx], 1\n mov dword [rbx + 64], 1", "mov eax, [rbx + 64]\n mov edx, [rbx]")]
    [InlineData("mov qword [rbx + 3], 1\n mov byte [rbx + 64], 1", "movzx eax, byte [rbx + 64]\n mov rdx, [rbx + 3]")]
    [InlineData("mov dword [rbx + 62], 1\n mov dword [rbx + 96], 1", "mov eax, [rbx + 96]\n mov edx, [rbx + 62]")]
    [InlineData("mov eax, 1\n movd xmm0, eax\n movups [rbx], xmm0\n movss [rbx + 64], xmm0", "mov eax, [rbx + 64]\n movups xmm1, [rbx]\n movd edx, xmm1")]
    [InlineData("mov dword [rbx], 1\n lock inc dword [rbx + 64]", "mov eax, [rbx + 64]\n mov edx, [rbx]")]
    [InlineData("mov eax, 1\n movnti [rbx], eax\n sfence\n mov [rbx + 64], eax", "mov eax, [rbx + 64]\n mov edx, [rbx]")]
    public void MessagePassing_WhoSeesTheFlag_SeesTheData(string writer, string reader)
    {
        Run(writer + "\n xor eax, eax\n xor edx, edx", reader + "\n shl edx, 1\n or eax, edx");

        Assert.DoesNotContain(Outcomes(), outcome => outcome.Second == 1);
    }

    [Fact]
    public void LoadBuffering_NoLoadSeesALaterStore()
    {
        const string body = "mov eax, [rbx + {0}]\n mov dword [rbx + {1}], 1";

        Run(string.Format(null, body, 0, 64), string.Format(null, body, 64, 0));

        Assert.DoesNotContain((1u, 1u), Outcomes());
    }

    // Independent reads of independent writes: two readers agree on the order of two writers' stores.
    [Fact]
    public void IndependentReads_OfIndependentWrites_AgreeOnTheirOrder()
    {
        const string reader = "mov eax, [rbx + {0}]\n mov edx, [rbx + {1}]\n shl edx, 1\n or eax, edx";

        Run(string.Format(null, reader, 0, 64), string.Format(null, reader, 64, 0), "mov dword [rbx], 1\n xor eax, eax", "mov dword [rbx + 64], 1\n xor eax, eax");

        // 1: the first of the two was seen, the second not.
        Assert.DoesNotContain((1u, 1u), Outcomes());
    }

    // One word for many: every copy that is read was written whole.
    [Theory]
    [InlineData("mov [r12], {0}", "mov rax, [r12]", 0)]
    [InlineData("mov [r12 + 5], {0}", "mov rax, [r12 + 5]", 5)]
    [InlineData("xchg [r12 + 61], {0}", "xor eax, eax\n lock xadd [r12 + 61], rax", 61)]
    [InlineData("xchg [r12 + 0xFFD], {0}", "xor eax, eax\n lock xadd [r12 + 0xFFD], rax", 0xFFD)]
    public void Words_OfEightBytes_AreNeverTorn(string write, string read, int offset)
    {
        string writer = $"mov rdx, 0\n mov rsi, -1\n test ecx, 1\n cmovnz rdx, rsi\n {string.Format(null, write, "rdx")}\n xor eax, eax";
        string reader = $"{read}\n mov rdx, rax\n shr rdx, 32\n xor eax, edx\n setnz al\n movzx eax, al";

        Run(writer, reader);

        Assert.DoesNotContain(Outcomes(), outcome => outcome.Second != 0);
        Assert.Contains(_rig.Read64(Places + (ulong)offset), new[] { 0ul, ulong.MaxValue });
    }

    [Fact]
    public void CompareExchange16_ReadByTheSame_IsNeverTorn()
    {
        const string writer = """
            mov r9, rcx
            mov r10, rbx
            mov rax, [r12]
            mov rdx, [r12 + 8]
            try{0}: lea rbx, [rax + 1]
            lea rcx, [rdx + 1]
            lock cmpxchg16b [r12]
            jnz try{0}
            mov rcx, r9
            mov rbx, r10
            xor eax, eax
            """;
        const string reader = """
            mov r9, rcx
            mov r10, rbx
            xor eax, eax
            xor edx, edx
            xor ebx, ebx
            xor ecx, ecx
            lock cmpxchg16b [r12]
            xor rax, rdx
            setnz al
            movzx eax, al
            mov rcx, r9
            mov rbx, r10
            """;

        Run(string.Format(null, writer, 0), reader, string.Format(null, writer, 2), reader);

        Assert.DoesNotContain(Outcomes(), outcome => outcome.Second != 0);
        Assert.Equal((2ul * Rounds, 2ul * Rounds), (_rig.Read64(Places), _rig.Read64(Places + 8)));
    }

    [Theory]
    [InlineData("lock inc qword [r12]", 0)]
    [InlineData("lock inc qword [r12 + 60]", 60)]
    [InlineData("lock inc qword [r12 + 0xFFA]", 0xFFA)]
    public void LockedIncrements_OfFour_LoseNothing(string body, int offset)
    {
        body += "\n xor eax, eax";

        Run(body, body, body, body);

        Assert.Equal(4ul * Rounds, _rig.Read64(Places + (ulong)offset));
    }

    private void Touch(ulong page) => _rig.Memory.TryGetPage(new GuestAddress(page), true, out _);

    // What the first and the second left in EAX, round by round.
    private IEnumerable<(uint First, uint Second)> Outcomes()
    {
        byte[] first = new byte[Rounds * 4];
        byte[] second = new byte[Rounds * 4];
        _rig.Memory.TryRead(new GuestAddress(Results), first);
        _rig.Memory.TryRead(new GuestAddress(Results + ResultBytes), second);
        for (int i = 0; i < Rounds; i++)
        {
            yield return (BinaryPrimitives.ReadUInt32LittleEndian(first.AsSpan(i * 4)), BinaryPrimitives.ReadUInt32LittleEndian(second.AsSpan(i * 4)));
        }
    }

    // RBX: the round's place; R12: the first place; EAX: what is kept.
    private void Run(params string[] bodies)
    {
        List<ProcessorState> states = [];
        for (int i = 0; i < bodies.Length; i++)
        {
            string program = $"""
                mov ebx, {Places}
                mov r12d, {Places}
                mov edi, {Results + ((ulong)i * ResultBytes)}
                mov ecx, {Rounds}
                lock inc dword [{Start}]
                all: pause
                cmp dword [{Start}], {bodies.Length}
                jne all
                again:
                {bodies[i]}
                mov [rdi], eax
                add rdi, 4
                add rbx, {PlaceBytes}
                dec ecx
                jnz again
                hlt
                """;
            ulong at = First + ((ulong)i * ProgramBytes);
            _rig.Memory.TryWrite(new GuestAddress(at), Assembler.Assemble(64, at, program));
            ProcessorState state = _rig.State;
            state.Rip = at;
            state.General[4] = 0x30000 + ((ulong)i * 0x2000);
            states.Add(state);
        }

        RunAll(states);
    }

    private void RunAll(List<ProcessorState> states)
    {
        List<InterpretingProcessor> all = [_rig.Processor];
        while (all.Count < states.Count)
        {
            _others.Add(new InterpretingProcessor(_rig.Memory));
            all.Add(_others[^1]);
        }

        ProcessorStop[] stops = new ProcessorStop[states.Count];
        List<Thread> threads = [];
        for (int i = 0; i < states.Count; i++)
        {
            int number = i;
            all[i].Load(states[i]);
            threads.Add(new Thread(() => stops[number] = all[number].Run(SilentBoard.Instance)));
        }

        // Only a processor that hangs meets the limit: a busy host makes it slow, not wrong.
        using Timer limit = new(_ => all.ForEach(one => one.RequestStop()), null, 120_000, Timeout.Infinite);
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        Assert.All(stops, stop => Assert.Equal(ProcessorStop.Halted, stop));
    }
}
