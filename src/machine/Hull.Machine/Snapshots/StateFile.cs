using System.Buffers.Binary;
using System.Security.Cryptography;
using Hull.Machine.State;

namespace Hull.Machine.Snapshots;

/// <summary>The state file of a snapshot: named sections between a header and a SHA-256 of everything before it.</summary>
/// <remarks>docs/formats/machine-state.md. Not thread-safe.</remarks>
public sealed class StateFile
{
    /// <summary>The version this Hull writes and the only one it reads.</summary>
    public const uint Version = 4;

    /// <summary>More than any machine's state; a larger file is refused before it is read.</summary>
    public const int MaxBytes = 64 << 20;

    private const int HeaderBytes = 16;
    private const int MaxNameBytes = 32;

    // More than any machine's, which has a few for each processor, chip and device.
    private const int MaxSections = 256;

    private static readonly byte[] s_magic = "HULLVM\r\n"u8.ToArray();

    private readonly List<(string Name, byte[] Bytes)> _sections = [];

    /// <summary>Adds a section.</summary>
    public void Add(string name, StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        _sections.Add((name, writer.Written.ToArray()));
    }

    /// <summary>Opens a section for reading.</summary>
    /// <exception cref="HullException">There is none of that name.</exception>
    public StateReader Open(string name)
    {
        foreach ((string other, byte[] bytes) in _sections)
        {
            if (other == name)
            {
                return new StateReader(name, bytes);
            }
        }

        throw new HullException(ErrorKind.FailedPrecondition, $"The snapshot has no section '{name}': it is of another machine.");
    }

    /// <summary>The file's bytes.</summary>
    public byte[] ToArray()
    {
        StateWriter file = new();
        file.Bytes(s_magic);
        file.U32(Version);
        file.U32((uint)_sections.Count);
        foreach ((string name, byte[] bytes) in _sections)
        {
            file.Text(name);
            file.Block(bytes);
        }

        return [.. file.Written, .. Digest.HashAlone(file.Written)];
    }

    /// <summary>Reads a file.</summary>
    /// <param name="bytes">All of it.</param>
    /// <exception cref="HullException">It is no snapshot, of another version, or damaged.</exception>
    public static StateFile Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < s_magic.Length || !bytes.StartsWith(s_magic))
        {
            throw new HullException(ErrorKind.DataLoss, "The file is no snapshot of a machine: it does not begin with 'HULLVM'.");
        }

        if (bytes.Length < HeaderBytes + SHA256.HashSizeInBytes)
        {
            throw new HullException(ErrorKind.DataLoss, $"The snapshot is damaged: its state has only {bytes.Length} bytes.");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[s_magic.Length..]);
        if (version != Version)
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"The snapshot has version {version} of the format, and this Hull reads version {Version}.");
        }

        ReadOnlySpan<byte> body = bytes[..^SHA256.HashSizeInBytes];
        if (!Digest.HashAlone(body).AsSpan().SequenceEqual(bytes[^SHA256.HashSizeInBytes..]))
        {
            throw new HullException(ErrorKind.DataLoss, "The snapshot is damaged: its state does not match its checksum.");
        }

        StateReader reader = new("header", body[(s_magic.Length + sizeof(uint))..].ToArray());
        StateFile file = new();
        int count = reader.Count(MaxSections);
        for (int i = 0; i < count; i++)
        {
            string name = reader.Text(MaxNameBytes);
            file._sections.Add((name, reader.Block(MaxBytes).ToArray()));
        }

        reader.End();
        return file;
    }
}
