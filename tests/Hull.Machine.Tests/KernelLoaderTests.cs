using System.Buffers.Binary;
using System.IO.Compression;
using Hull.Machine.Boot;
using Hull.Machine.Memory;

namespace Hull.Machine.Tests;

public sealed class KernelLoaderTests : IDisposable
{
    private readonly GuestMemory _memory = new(new GuestMemoryOptions
    {
        Ranges = [new MemoryRange(new GuestAddress(0), 64 << 20)],
    });

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void Load_OfBzImage_EntersLongModeWithParameters()
    {
        ProcessorState state = Load(BzImage(), initramfs: new byte[5000]);

        Assert.Equal(0x100_0200ul, state.Rip);
        Assert.Equal(0x7000ul, state.General[6]);
        Assert.Equal(0x500ul, state.Efer);
        Assert.True(_memory.TryReadInteger(new GuestAddress(0x7218), out uint initramfs));
        Assert.Equal(0x3FFE000u, initramfs);
        Assert.True(_memory.TryReadInteger(new GuestAddress(0x7228), out uint line));
        Span<byte> text = stackalloc byte[6];
        Assert.True(_memory.TryRead(new GuestAddress(line), text));
        Assert.True(text.SequenceEqual("quiet\0"u8));
        Assert.True(_memory.TryReadInteger(new GuestAddress(0x71E8), out byte entries));
        Assert.Equal(4, entries);
    }

    [Fact]
    public void Load_OfElfWithPvhNote_EntersProtectedModeWithStartInformation()
    {
        ProcessorState state = Load(Elf(0x100_0000, 0x1000));

        Assert.Equal(0x100_0040ul, state.Rip);
        Assert.Equal(0x6000ul, state.General[3]);
        Assert.Equal(0x11ul, state.Cr0);
        Assert.True(_memory.TryReadInteger(new GuestAddress(0x6000), out uint magic));
        Assert.Equal(0x336EC578u, magic);
    }

    [Fact]
    public void Load_OfSomethingElse_SaysWhatItIsNot()
    {
        HullException error = Assert.Throws<HullException>(() => Load(new byte[4096]));

        Assert.Equal("The kernel is neither a bzImage nor an ELF file.", error.Message);
    }

    [Theory]
    [InlineData(false, 0x100_0040)]
    [InlineData(true, 0x100_0200)]
    public void Load_OfPackedKernel_UnpacksItUnlessToldNotTo(bool keepPacked, ulong entry)
    {
        ProcessorState state = Load(new BootRequest { Kernel = Packed(), KeepPacked = keepPacked });

        Assert.Equal(entry, state.Rip);
    }

    // The kernel would cut the rest off, and an ELF file does not say where.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_WithLongerCommandLineThanTheKernelTakes_IsRefused(bool keepPacked)
    {
        BootRequest request = new() { Kernel = Packed(), KeepPacked = keepPacked, CommandLine = new string('a', 2047) };
        _ = Load(request);

        HullException error = Assert.Throws<HullException>(() => Load(request with { CommandLine = new string('a', 2048) }));

        Assert.Equal("The kernel takes a command line of at most 2047 bytes; this one is longer.", error.Message);
    }

    [Theory]
    [InlineData(0x258, 0x0000_0000u)]
    [InlineData(0x258, 0x0100_0001u)]
    [InlineData(0x25C, 0xFFFF_FFFFu)]
    [InlineData(0x260, 0x0000_0010u)]
    public void Load_OfDamagedHeader_IsRefused(int offset, uint value)
    {
        byte[] kernel = BzImage();
        BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(offset), value);

        Assert.Equal(ErrorKind.DataLoss, Assert.Throws<HullException>(() => Load(kernel)).Kind);
    }

    [Fact]
    public void Load_WithTooLittleMemory_SaysHowMuchIsMissing()
    {
        byte[] kernel = BzImage();
        BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(0x260), 0x1000_0000);

        Assert.Contains("give it more", Assert.Throws<HullException>(() => Load(kernel)).Message, StringComparison.Ordinal);
        Assert.Throws<HullException>(() => Load(BzImage(), new byte[60 << 20]));
    }

    // A damaged kernel must end in one clear sentence, wherever the damage is.
    [Fact]
    public void Load_OfEveryTruncationAndManyFlips_NeverFailsOtherwise()
    {
        Random random = new(1);
        byte[][] kernels = [BzImage(), Elf(0x100_0000, 0x1000)];
        for (int i = 0; i < 4000; i++)
        {
            byte[] kernel = (byte[])kernels[i % 2].Clone();
            kernel[random.Next(i % 4 < 2 ? 0x300 : kernel.Length)] = (byte)random.Next(256);
            try
            {
                _ = Load(kernel.AsMemory(0, random.Next(3) == 0 ? random.Next(kernel.Length) : kernel.Length));
            }
            catch (HullException)
            {
            }
        }
    }

    internal static byte[] BzImage()
    {
        byte[] kernel = new byte[512 * 2 + 0x1000];
        Span<byte> at = kernel;
        at[0x1F1] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(at[0x1FE..], 0xAA55);
        at[0x201] = 0x66;
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x202..], 0x53726448);
        BinaryPrimitives.WriteUInt16LittleEndian(at[0x206..], 0x20F);
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x22C..], 0x7FFF_FFFF);
        BinaryPrimitives.WriteUInt16LittleEndian(at[0x236..], 0x3);
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x238..], 2047);
        BinaryPrimitives.WriteUInt64LittleEndian(at[0x258..], 0x100_0000);
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x260..], 0x20_0000);
        return kernel;
    }

    // As distributions pack it: the ELF file inside of the bzImage.
    private static byte[] Packed()
    {
        const int PayloadAt = 0x300;
        using MemoryStream payload = new();
        using (GZipStream gzip = new(payload, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Elf(0x100_0000, 0x1000));
        }

        byte[] kernel = BzImage();
        payload.ToArray().CopyTo(kernel.AsSpan(1024 + PayloadAt));
        BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(0x248), PayloadAt);
        BinaryPrimitives.WriteUInt32LittleEndian(kernel.AsSpan(0x24C), (uint)payload.Length);
        return kernel;
    }

    internal static byte[] Elf(ulong address, ulong size)
    {
        byte[] file = new byte[0x2000];
        Span<byte> at = file;
        BinaryPrimitives.WriteUInt32LittleEndian(at, 0x464C457F);
        at[4] = 2;
        at[5] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(at[18..], 62);
        BinaryPrimitives.WriteUInt64LittleEndian(at[32..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(at[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(at[56..], 2);
        ProgramHeader(at[64..], 1, 0x1000, address, size);
        ProgramHeader(at[120..], 4, 0x200, 0, 20);
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x200..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x204..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x208..], 18);
        "Xen\0"u8.CopyTo(at[0x20C..]);
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x210..], (uint)address + 0x40);
        return file;
    }

    private static void ProgramHeader(Span<byte> at, uint type, ulong offset, ulong address, ulong size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(at, type);
        BinaryPrimitives.WriteUInt64LittleEndian(at[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(at[24..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(at[32..], size);
        BinaryPrimitives.WriteUInt64LittleEndian(at[40..], size);
    }

    private ProcessorState Load(ReadOnlyMemory<byte> kernel, byte[]? initramfs = null) =>
        Load(new BootRequest { Kernel = kernel, Initramfs = initramfs, CommandLine = "quiet" });

    private ProcessorState Load(BootRequest request) => new KernelLoader(_memory).Load(request, new byte[64]);
}
