using System.Buffers.Binary;
using Hull.Machine;
using Hull.Machine.Boot;
using Hull.Machine.Memory;
using Hull.Testing;

namespace Hull.Fuzz.Targets;

/// <summary>Kernel files: bzImage headers, packed payloads, ELF headers and notes.</summary>
internal sealed class KernelTarget : IFuzzTarget
{
    private static readonly GuestMemory s_memory = new(new GuestMemoryOptions
    {
        Ranges = [new MemoryRange(new GuestAddress(0), 64 << 20)],
    });

    public string Name => "kernel";

    public IReadOnlyList<byte[]> Seeds { get; } = [Packed(), new BareGuest().PowerOff().ToBzImage(), Elf()];

    public void Run(ReadOnlyMemory<byte> input)
    {
        _ = KernelPayload.TryUnpack(input.Span);
        _ = new KernelLoader(s_memory).Load(new BootRequest { Kernel = input, KeepPacked = true, CommandLine = "quiet" }, new byte[64]);
    }

    // A payload of one LZ4 block: literals and a match that repeats them.
    private static byte[] Packed()
    {
        byte[] kernel = new BareGuest().PowerOff().ToBzImage();
        const int PayloadAt = 0x300;
        byte[] payload = [0x02, 0x21, 0x4C, 0x18, 9, 0, 0, 0, 0x44, 1, 2, 3, 4, 4, 0, 0x10, 9, 0, 0, 0, 0];
        payload.CopyTo(kernel.AsSpan(1024 + PayloadAt));
        BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(0x248), PayloadAt);
        BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(0x24C), (uint)payload.Length);
        return kernel;
    }

    private static byte[] Elf()
    {
        byte[] file = new byte[0x400];
        Span<byte> at = file;
        new byte[] { 0x7F, 0x45, 0x4C, 0x46, 2, 1 }.CopyTo(at);
        at[18] = 62;
        at[32] = 64;
        at[54] = 56;
        at[56] = 2;
        at[64] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(at[(64 + 24)..], 0x100_0000);
        BinaryPrimitives.WriteUInt64LittleEndian(at[(64 + 32)..], 0x100);
        BinaryPrimitives.WriteUInt64LittleEndian(at[(64 + 40)..], 0x200);
        at[120] = 4;
        BinaryPrimitives.WriteUInt64LittleEndian(at[(120 + 8)..], 0x200);
        BinaryPrimitives.WriteUInt64LittleEndian(at[(120 + 32)..], 20);
        new byte[] { 4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6E, 0, 0x40, 0, 0, 1 }.CopyTo(at[0x200..]);
        return file;
    }
}
