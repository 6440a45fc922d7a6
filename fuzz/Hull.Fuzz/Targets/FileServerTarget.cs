using System.Buffers.Binary;
using Hull.Linux;
using Hull.Machine.Host.Sharing;

namespace Hull.Fuzz.Targets;

/// <summary>A hostile guest asks a file server: opcode, node, handle, names and numbers as the input says.</summary>
/// <remarks>Names come from a short list, so that what is left can be removed; nothing beside the tree may change.</remarks>
internal sealed class FileServerTarget : IFuzzTarget, IDisposable
{
    private const int HeaderBytes = 40;
    private const int StepBytes = 36;
    private const int MaxSteps = 64;
    private const uint Allocate = 43;
    private const int RunsPerTree = 500;

    private static readonly byte[][] s_names =
    [
        "a\0"u8.ToArray(), "b\0"u8.ToArray(), "d\0"u8.ToArray(), "..\0"u8.ToArray(), ".\0"u8.ToArray(), "\0"u8.ToArray(), "d/a\0"u8.ToArray(),
        "/etc/passwd\0"u8.ToArray(), "link\0"u8.ToArray(), "root\0"u8.ToArray(), "ro\0"u8.ToArray(), "../secret\0"u8.ToArray(), "user.x\0"u8.ToArray(),
        "trusted.overlay.opaque\0"u8.ToArray(), "unended"u8.ToArray(), "file\0"u8.ToArray(),
    ];

    // How many bytes of numbers come before a request's names, by opcode. Source: linux/fuse.h.
    private static readonly int[] s_fixedBytes =
    [
        0, 0, 8, 16, 88, 0, 0, 0, 16, 8, 0, 0, 8, 8, 8, 40, 40, 0, 24, 0, 16, 8, 8, 8, 0, 24,
        16, 8, 40, 24, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 8, 32, 40, 16, 24, 56, 0, 0, 0, 0,
    ];

    private readonly byte[] _answer = new byte[(1 << 20) + 4096];
    private string? _directory;
    private int _runs;

    public string Name => "virtio-fs";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Script((1, 1, 9), (1, 2, 0), (14, 3, 0), (15, 3, 0), (16, 3, 0), (18, 3, 0)),
        Script((1, 1, 9), (9, 2, 2), (1, 2, 2), (35, 3, 0), (44, 3, 0), (12, 2, 0), (10, 2, 1), (2, 3, 0)),
        Script((1, 1, 10), (1, 3, 15), (4, 3, 0), (16, 3, 0), (13, 2, 0), (45, 2, 1)),
        Script((1, 1, 9), (6, 2, 8), (1, 2, 8), (14, 4, 0), (24, 2, 0), (21, 2, 12), (22, 2, 12), (23, 2, 0), (27, 2, 0), (28, 2, 0)),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        string directory = Tree();
        SharedTree[] trees =
        [
            new("root", HostFile.Open(directory + "/inside", HostFile.PathOnly)) { IsExclusive = true },
            new("ro", HostFile.Open(directory + "/shown", HostFile.PathOnly)) { ReadOnly = true },
        ];
        using FileServer server = new(trees, 2, 24);
        ReadOnlySpan<byte> steps = input.Span;
        for (int i = 0; i < MaxSteps && steps.Length >= StepBytes; i++, steps = steps[StepBytes..])
        {
            Ask(server, steps[..StepBytes]);
        }

        Check(directory);
    }

    public void Dispose()
    {
        if (_directory is not null)
        {
            Directory.Delete(_directory, recursive: true);
            _directory = null;
        }
    }

    private void Ask(FileServer server, ReadOnlySpan<byte> step)
    {
        uint opcode = step[0] % 52u;
        List<byte> request = [.. new byte[HeaderBytes]];
        byte[] numbers = new byte[s_fixedBytes[opcode]];
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = step[8 + (i % (StepBytes - 8))];
        }

        Tame(opcode, numbers, step);
        request.AddRange(numbers);
        request.AddRange(s_names[step[2] & 15]);
        request.AddRange(s_names[step[3] & 15]);
        byte[] bytes = [.. request];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, bytes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), 77);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(16), step[1] & 7u);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(24), step[4]);
        int room = (step[5] & 3) switch { 0 => 16, 1 => 200, _ => _answer.Length };
        int cut = (step[5] & 0x80) != 0 ? Math.Min(bytes.Length, step[6]) : bytes.Length;
        int length = server.Handle(bytes.AsSpan(0, cut), _answer.AsSpan(0, room));
        bool isWhole = length == 0 || (length >= 16 && BinaryPrimitives.ReadInt32LittleEndian(_answer) == length);
        if (length > room || !isWhole)
        {
            throw new InvalidOperationException($"An answer of {length} bytes in a room of {room}.");
        }
    }

    // Handles and offsets that exist, and no more disk than a test may take.
    private static void Tame(uint opcode, byte[] numbers, ReadOnlySpan<byte> step)
    {
        if (numbers.Length >= 8 && opcode is not (4 or 12 or 13 or 45))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(numbers, step[7] & 7u);
        }
        else if (numbers.Length >= 8 && opcode is 12 or 13 or 45)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(numbers, step[7] & 7u);
        }

        if (opcode == Allocate)
        {
            numbers.AsSpan(10, 6).Clear();
            numbers.AsSpan(18, 6).Clear();
        }
    }

    private string Tree()
    {
        if (_directory is not null && _runs++ % RunsPerTree != 0)
        {
            return _directory;
        }

        Dispose();
        _directory = Directory.CreateTempSubdirectory("hull-fuzz-fs-").FullName;
        Directory.CreateDirectory(_directory + "/inside/d");
        Directory.CreateDirectory(_directory + "/shown");
        File.WriteAllText(_directory + "/inside/a", "content");
        File.WriteAllText(_directory + "/shown/file", "shown");
        File.WriteAllText(_directory + "/secret", "secret");
        File.CreateSymbolicLink(_directory + "/inside/link", "../secret");
        return _directory;
    }

    private static void Check(string directory)
    {
        bool same = File.ReadAllText(directory + "/secret") == "secret"
            && File.ReadAllText(directory + "/shown/file") == "shown"
            && Directory.GetFileSystemEntries(directory).Length == 3
            && Directory.GetFileSystemEntries(directory + "/shown").Length == 1;
        if (!same)
        {
            throw new InvalidOperationException("Something beside the shared tree changed, or in the one that is only shown.");
        }
    }

    private static byte[] Script(params (byte Opcode, byte Node, byte Name)[] steps)
    {
        List<byte> script = [];
        foreach ((byte opcode, byte node, byte name) in steps)
        {
            byte[] step = new byte[StepBytes];
            (step[0], step[1], step[2], step[3], step[5], step[7]) = (opcode, node, name, 1, 2, 1);
            script.AddRange(step);
        }

        return [.. script];
    }
}
