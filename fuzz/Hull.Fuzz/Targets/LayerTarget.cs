using System.Text;
using Hull.Linux;
using Hull.Snapshot.Layers;
using Hull.Snapshot.Tar;

namespace Hull.Fuzz.Targets;

/// <summary>Layers unpacked for real: whatever the archive says, nothing beside the directory may change.</summary>
internal sealed class LayerTarget : IFuzzTarget
{
    private const string Canary = "untouched";
    private const int BlockBytes = 512;
    private const int ChecksumOffset = 148;
    private const int MagicOffset = 257;

    public string Name => "layer";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Make(("d", TarEntryType.Directory, ""), ("d/l", TarEntryType.SymbolicLink, ".."), ("d/l/f", TarEntryType.File, ""), ("h", TarEntryType.HardLink, "d/l/f")),
        Make(("up", TarEntryType.SymbolicLink, "../../.."), ("up/canary", TarEntryType.File, ""), ("../canary", TarEntryType.HardLink, "up/canary")),
        Make(("d/x", TarEntryType.File, ""), ("d", TarEntryType.SymbolicLink, "/"), ("d/.wh..wh..opq", TarEntryType.File, ""), ("d/.wh.x", TarEntryType.File, "")),
        Make((new string('n', 200) + "/f", TarEntryType.Fifo, ""), ("c", TarEntryType.CharacterDevice, ""), ("c", TarEntryType.Directory, "")),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        byte[] archive = input.ToArray();
        Repair(archive);
        string top = Directory.CreateTempSubdirectory("hull-fuzz-layer-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(top, "canary"), Canary);
            string root = Directory.CreateDirectory(Path.Combine(top, "root")).FullName;
            HullException? refusal = Unpack(archive, root);
            if (Directory.GetFileSystemEntries(top).Length != 2 || File.ReadAllText(Path.Combine(top, "canary")) != Canary)
            {
                throw new InvalidOperationException("The archive left its directory.", refusal);
            }
        }
        finally
        {
            using FileDescriptor parent = FileTree.OpenRoot(Path.GetTempPath());
            FileTree.RemoveTree(parent, Encoding.UTF8.GetBytes(Path.GetFileName(top)));
        }
    }

    private static HullException? Unpack(byte[] archive, string root)
    {
        try
        {
            // Rootless: no owners, no devices; the paths are what is tested.
            UnpackOptions options = new() { Rootless = true, Limits = new TarLimits { MaxBytes = 1 << 20, MaxEntries = 1000 } };
            LayerUnpacker.UnpackAsync(new MemoryStream(archive), root, options, CancellationToken.None).GetAwaiter().GetResult();
            return null;
        }
        catch (HullException refusal)
        {
            return refusal;
        }
    }

    // Mutations must get past the checksums to reach anything.
    private static void Repair(byte[] archive)
    {
        for (int block = 0; block + BlockBytes <= archive.Length; block += BlockBytes)
        {
            Span<byte> header = archive.AsSpan(block, BlockBytes);
            if (!header[MagicOffset..].StartsWith("ustar"u8))
            {
                continue;
            }

            header.Slice(ChecksumOffset, 8).Fill((byte)' ');
            int sum = 0;
            foreach (byte value in header)
            {
                sum += value;
            }

            Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0").CopyTo(header[ChecksumOffset..]);
        }
    }

    private static byte[] Make(params (string Path, TarEntryType Type, string Target)[] entries)
    {
        MemoryStream stream = new();
        using TarWriter writer = new(stream, leaveOpen: true);
        foreach ((string path, TarEntryType type, string target) in entries)
        {
            writer.WriteHeader(new TarHeader
            {
                Path = Encoding.UTF8.GetBytes(path),
                Type = type,
                LinkTarget = Encoding.UTF8.GetBytes(target),
                Mode = 0x1ED,
            });
        }

        writer.Finish();
        return stream.ToArray();
    }
}
