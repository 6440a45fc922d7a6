using System.Text;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>A board with one port that prints, as Bochs has it.</summary>
internal sealed class TraceBoard : IGuestIo
{
    private const ushort PrintPort = 0xE9;

    private readonly StringBuilder _text = new();

    /// <summary>What was printed.</summary>
    internal string Text => _text.ToString();

    public byte TaskPriority { get; set; }

    public uint ReadPort(ushort port, int size) => uint.MaxValue;

    public void WritePort(ushort port, int size, uint value)
    {
        if (port == PrintPort)
        {
            _text.Append((char)(byte)value);
        }
    }

    public ulong ReadMemory(GuestAddress address, int size) => ulong.MaxValue;

    public void WriteMemory(GuestAddress address, int size, ulong value)
    {
        // Nobody answers.
    }

    public bool TryReadMsr(uint register, out ulong value)
    {
        value = 0;
        return false;
    }

    public bool TryWriteMsr(uint register, ulong value) => false;

    public bool TryAcknowledgeInterrupt(out byte vector)
    {
        vector = 0;
        return false;
    }

    public ulong ReadTimeStampCounter() => 0;

    public void AdjustCpuid(uint leaf, uint subleaf, ref CpuidResult value)
    {
        // Nothing to add.
    }
}
