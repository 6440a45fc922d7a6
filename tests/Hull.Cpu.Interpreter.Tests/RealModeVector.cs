using System.Buffers.Binary;
using System.Text;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>One recorded instruction of a real-mode processor: registers and memory before and after.</summary>
/// <remarks>Source: the MOO format, version 1, of the SingleStepTests project: chunks of a tag, a length and a body.</remarks>
internal sealed class RealModeVector
{
    private const int Header = 8;
    private const int RegisterCount = 14;

    internal string Name { get; private set; } = "";

    internal byte[] Bytes { get; private set; } = [];

    /// <summary>AX BX CX DX CS SS DS ES SP BP SI DI IP FLAGS.</summary>
    internal ushort[] Before { get; } = new ushort[RegisterCount];

    internal ushort[] After { get; } = new ushort[RegisterCount];

    internal List<(uint Address, byte Value)> MemoryBefore { get; } = [];

    internal List<(uint Address, byte Value)> MemoryAfter { get; } = [];

    /// <summary>The exception's number, or -1.</summary>
    internal int Exception { get; private set; } = -1;

    internal static IEnumerable<RealModeVector> Read(byte[] file)
    {
        for (int at = 0; at + Header <= file.Length;)
        {
            (string tag, int start, int end) = Chunk(file, at);
            if (tag == "TEST")
            {
                yield return One(file, start + 4, end);
            }

            at = end;
        }
    }

    private static (string Tag, int Start, int End) Chunk(byte[] file, int at) =>
        (Encoding.ASCII.GetString(file, at, 4), at + Header, at + Header + BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(at + 4)));

    private static RealModeVector One(byte[] file, int start, int end)
    {
        RealModeVector vector = new();
        for (int at = start; at < end;)
        {
            (string tag, int body, int next) = Chunk(file, at);
            switch (tag)
            {
                case "NAME":
                    vector.Name = Encoding.ASCII.GetString(file, body + 4, next - body - 4);
                    break;
                case "BYTS":
                    vector.Bytes = file[(body + 4)..next];
                    break;
                case "INIT":
                    ReadState(file, body, next, vector.Before, vector.MemoryBefore);
                    break;
                case "FINA":
                    vector.Before.CopyTo(vector.After, 0); // only what changed is recorded
                    ReadState(file, body, next, vector.After, vector.MemoryAfter);
                    break;
                case "EXCP":
                    vector.Exception = file[body];
                    break;
            }

            at = next;
        }

        return vector;
    }

    private static void ReadState(byte[] file, int start, int end, ushort[] registers, List<(uint Address, byte Value)> memory)
    {
        for (int at = start; at < end;)
        {
            (string tag, int body, int next) = Chunk(file, at);
            if (tag == "REGS")
            {
                ushort mask = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(body));
                int value = body + 2;
                for (int i = 0; i < RegisterCount; i++)
                {
                    if ((mask >> i & 1) != 0)
                    {
                        registers[i] = BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(value));
                        value += 2;
                    }
                }
            }
            else if (tag == "RAM ")
            {
                for (int byteAt = body + 4; byteAt + 5 <= next; byteAt += 5)
                {
                    memory.Add((BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(byteAt)), file[byteAt + 4]));
                }
            }

            at = next;
        }
    }
}
