using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>A comparison with the conditional jump right behind it goes where it goes with something in between, and leaves the same flags.</summary>
public sealed class CompareJumpTests : IDisposable
{
    private const ulong Data = 0x20000;
    private static readonly string[] s_conditions = ["o", "no", "b", "ae", "e", "ne", "be", "a", "s", "ns", "p", "np", "l", "ge", "le", "g"];

    private static readonly (ulong Left, ulong Right)[] s_values =
    [
        (0, 0), (1, 2), (2, 1), (5, 5), (0x7F, 0xFFFFFFFFFFFFFFFF), (0x8000000000000000, 1), (0x80000000, 0x7FFFFFFF), (0x80, 0x7F), (0xFFFFFFFFFFFFFF00, 3),
    ];

    private readonly LongModeRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData("cmp al, bl")]
    [InlineData("cmp eax, ebx")]
    [InlineData("cmp rax, rbx")]
    [InlineData("cmp ax, bx")]
    [InlineData("cmp al, [rsi + 8]")]
    [InlineData("cmp eax, [rsi + 8]")]
    [InlineData("cmp rax, [rsi + 8]")]
    [InlineData("cmp [rsi], bl")]
    [InlineData("cmp [rsi], ebx")]
    [InlineData("cmp [rsi], rbx")]
    [InlineData("cmp rax, [fs:rsi + 8]")]
    [InlineData("cmp al, 5")]
    [InlineData("cmp ecx, 5")]
    [InlineData("cmp rax, -1")]
    [InlineData("cmp byte [rsi], 2")]
    [InlineData("cmp dword [rsi], 2")]
    [InlineData("cmp qword [rsi], 2")]
    [InlineData("test al, bl")]
    [InlineData("test eax, ebx")]
    [InlineData("test rax, rbx")]
    [InlineData("test [rsi], bl")]
    [InlineData("test [rsi], ebx")]
    [InlineData("test [rsi], rbx")]
    [InlineData("test al, 0x80")]
    [InlineData("test ecx, 4")]
    [InlineData("test rax, -2")]
    [InlineData("test byte [rsi], 1")]
    [InlineData("test dword [rsi], 1")]
    [InlineData("test qword [rsi], 1")]
    public void Jump_BehindAComparison_GoesWhereItGoesAlone(string comparison)
    {
        byte[] together = Assembler.Assemble(64, LongModeRig.Code, Program(comparison, ""));
        byte[] apart = Assembler.Assemble(64, LongModeRig.Code, Program(comparison, "nop\n"));
        foreach ((ulong left, ulong right) in s_values)
        {
            Assert.Equal(Run(apart, left, right), Run(together, left, right));
        }
    }

    // R9 collects which jumps were taken, R8 sums up the flags behind them; twice, so that links are used.
    private static string Program(string comparison, string between)
    {
        IEnumerable<string> parts = s_conditions.Select((condition, i) =>
            $"{comparison}\n{between}j{condition} taken{i}\njmp behind{i}\ntaken{i}: pushfq\nbts r9, {i}\npopfq\nbehind{i}: pushfq\npop rdx\nrol r8, 3\nadd r8, rdx\n");
        return $"mov edi, 2\nagain:\n{string.Concat(parts)}dec edi\njnz again\nhlt\n";
    }

    private (ulong Taken, ulong Flags) Run(byte[] program, ulong left, ulong right)
    {
        _rig.Write64(Data, left);
        _rig.Write64(Data + 8, right);
        _rig.State.Rip = LongModeRig.Code;
        _rig.State.Rflags = 2;
        _rig.State.Activity = ActivityState.Active;
        _rig.State.General[0] = left;
        _rig.State.General[1] = left;
        _rig.State.General[3] = right;
        _rig.State.General[4] = 0x30000;
        _rig.State.General[6] = Data;
        _rig.State.General[8] = 0;
        _rig.State.General[9] = 0;
        _rig.Run(program);
        return (_rig.State.General[9], _rig.State.General[8]);
    }
}
