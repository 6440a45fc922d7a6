using System.Buffers.Binary;
using System.Text;
using Hull.Linux;
using Hull.Machine.Host.Sharing;

namespace Hull.Machine.Host.Tests;

/// <summary>Asks a file server as a guest's kernel does, or as a worse guest would.</summary>
internal sealed class FuseGuest(FileServer server)
{
    internal const uint Lookup = 1;
    internal const uint SetAttributes = 4;
    internal const uint SymbolicLink = 6;
    internal const uint MakeDirectory = 9;
    internal const uint Unlink = 10;
    internal const uint Rename = 12;
    internal const uint Link = 13;
    internal const uint Open = 14;
    internal const uint Read = 15;
    internal const uint Write = 16;
    internal const uint Release = 18;
    internal const uint SetExtended = 21;
    internal const uint OpenDirectory = 27;
    internal const uint ReadDirectory = 28;
    internal const uint Create = 35;
    internal const uint ReadDirectoryPlus = 44;
    internal const ulong Root = 1;

    private const int HeaderBytes = 40;
    private readonly byte[] _answer = new byte[1 << 20];

    /// <summary>What follows the answer's header.</summary>
    internal ReadOnlySpan<byte> Answer => _answer.AsSpan(16, Length - 16);

    internal int Length { get; private set; }

    internal ulong FirstNumber => BinaryPrimitives.ReadUInt64LittleEndian(Answer);

    /// <summary>Sends a request; names and texts end with NUL, numbers are little-endian.</summary>
    internal Errno Ask(uint opcode, ulong node, params object[] parts)
    {
        List<byte> request = [.. new byte[HeaderBytes]];
        foreach (object part in parts)
        {
            request.AddRange(part switch
            {
                string text => Encoding.UTF8.GetBytes(text + "\0"),
                uint number => BitConverter.GetBytes(number),
                ulong number => BitConverter.GetBytes(number),
                byte[] bytes => bytes,
                _ => throw new ArgumentException("Not a part.", nameof(parts)),
            });
        }

        byte[] all = [.. request];
        BinaryPrimitives.WriteInt32LittleEndian(all, all.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(all.AsSpan(4), opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(all.AsSpan(16), node);
        Length = server.Handle(all, _answer);
        return (Errno)(-BinaryPrimitives.ReadInt32LittleEndian(_answer.AsSpan(4)));
    }

    /// <summary>The number of a name's node.</summary>
    internal ulong Find(ulong directory, string name)
    {
        Assert.Equal(Errno.None, Ask(Lookup, directory, name));
        return FirstNumber;
    }
}
