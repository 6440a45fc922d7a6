using System.Text;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>A board with one port that prints, as Bochs has it.</summary>
internal sealed class TraceBoard : SilentBoard
{
    private const ushort PrintPort = 0xE9;

    private readonly StringBuilder _text = new();

    /// <summary>What was printed.</summary>
    internal string Text => _text.ToString();

    public override void WritePort(ushort port, int size, uint value)
    {
        if (port == PrintPort)
        {
            _text.Append((char)(byte)value);
        }
    }
}
