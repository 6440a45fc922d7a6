using System.Buffers.Binary;

namespace Hull.Testing;

/// <summary>Machine code for guests without a kernel: a few instructions each, assembled by hand.</summary>
public sealed class BareGuest
{
    private readonly List<byte> _code = [];

    /// <summary>The code so far.</summary>
    public byte[] Code => [.. _code];

    /// <summary>Offset of the next instruction.</summary>
    public int Here => _code.Count;

    /// <summary>Any bytes.</summary>
    public BareGuest Emit(params ReadOnlySpan<byte> bytes)
    {
        _code.AddRange(bytes);
        return this;
    }

    /// <summary>mov dx, port; mov al, value; out dx, al - the same bytes in 32- and 64-bit mode.</summary>
    public BareGuest OutByte(ushort port, byte value) =>
        Emit(0x66, 0xBA, (byte)port, (byte)(port >> 8), 0xB0, value, 0xEE);

    /// <summary>Prints on the serial port.</summary>
    public BareGuest Print(string text)
    {
        foreach (char letter in text)
        {
            OutByte(0x3F8, (byte)letter);
        }

        return this;
    }

    /// <summary>mov dword [address], value - with a 32-bit address in 64-bit mode.</summary>
    public BareGuest Store(uint address, uint value)
    {
        Emit(0x67, 0xC7, 0x04, 0x25);
        return Dword(address).Dword(value);
    }

    /// <summary>mov ecx, msr; mov eax, low; mov edx, high; wrmsr.</summary>
    public BareGuest WriteMsr(uint msr, ulong value) => Emit(0xB9).Dword(msr)
        .Emit(0xB8).Dword((uint)value).Emit(0xBA).Dword((uint)(value >> 32)).Emit(0x0F, 0x30);

    /// <summary>Four bytes, lowest first.</summary>
    public BareGuest Dword(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Emit(bytes);
    }

    /// <summary>Switches the machine off through ACPI.</summary>
    public BareGuest PowerOff() => OutByte(0x601, 0x34).Emit(0xF4, 0xEB, 0xFD);

    /// <summary>A bzImage whose 64-bit entry point is the code.</summary>
    public byte[] ToBzImage()
    {
        const int SetupBytes = 1024;
        const int EntryOffset = 0x200;
        byte[] kernel = new byte[SetupBytes + EntryOffset + Math.Max(_code.Count, 0x400)];
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
        BinaryPrimitives.WriteUInt32LittleEndian(at[0x260..], 0x10_0000);
        Code.CopyTo(at[(SetupBytes + EntryOffset)..]);
        return kernel;
    }

    /// <summary>Lets the local APIC's timer interrupt the guest: an interrupt gate, a stack, and a timer that counts down.</summary>
    /// <param name="vectorTable">The timer's entry in the local vector table; its vector must be 0x40.</param>
    /// <param name="count">Bus cycles to count.</param>
    /// <remarks>The handler is what stands 0x200 bytes behind the guest's first instruction.</remarks>
    public BareGuest EnableTimer(uint vectorTable, uint count)
    {
        const uint Handler = 0x100_0200 + 0x200;
        Store(0x4000 + (0x40 * 16), (0x10 << 16) | (Handler & 0xFFFF));
        Store(0x4000 + (0x40 * 16) + 4, (Handler & 0xFFFF0000) | 0x8E00);
        Store(0x4000 + (0x40 * 16) + 8, 0);
        Store(0x3000, (0x4000 << 16) | 0xFFF);
        Store(0x3004, 0);
        Store(0x3008, 0);
        Emit(0xBC).Dword(0x5F000);
        Emit(0x0F, 0x01, 0x1C, 0x25).Dword(0x3000);
        Store(0xFEE0_00F0, 0x1FF);
        Store(0xFEE0_03E0, 0xB);
        Store(0xFEE0_0320, vectorTable);
        return Store(0xFEE0_0380, count);
    }
}
