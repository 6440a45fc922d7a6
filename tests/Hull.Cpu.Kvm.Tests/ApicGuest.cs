using Hull.Testing;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>What guests of these tests do with interrupt chips; machine code by hand.</summary>
internal static class ApicGuest
{
    /// <summary>Where a guest's first instruction is.</summary>
    internal const uint Start = 0x100_0200;

    /// <summary>Where other processors begin.</summary>
    internal const uint OthersStart = 0x3_0000;

    /// <summary>A word in memory to count in: 0x1000 behind where other processors begin.</summary>
    internal const uint Word = 0x3_1000;

    private const uint IoApic = 0xFEC0_0000;
    private const uint Gates = 0x4000;

    /// <summary>A stack, and an interrupt table with gates to code that stands so many bytes behind the first instruction.</summary>
    internal static BareGuest Gate(this BareGuest guest, byte vector, int handler)
    {
        uint gate = Gates + (vector * 16u);
        uint address = Start + (uint)handler;
        return guest.Store(gate, (0x10 << 16) | (address & 0xFFFF)).Store(gate + 4, (address & 0xFFFF_0000) | 0x8E00).Store(gate + 8, 0);
    }

    /// <summary>Loads the table and the stack, and switches the local APIC on.</summary>
    internal static BareGuest Prepare(this BareGuest guest) => guest.PrepareWithoutApic().Store(0xFEE0_00F0, 0x1FF);

    /// <summary>Loads the table and the stack.</summary>
    internal static BareGuest PrepareWithoutApic(this BareGuest guest)
    {
        guest.Store(0x3000, (Gates << 16) | 0xFFF).Store(0x3004, 0).Store(0x3008, 0);
        guest.Emit(0xBC).Dword(0x5F000);
        return guest.Emit(0x0F, 0x01, 0x1C, 0x25).Dword(0x3000);
    }

    /// <summary>Writes a redirection entry of the I/O APIC.</summary>
    internal static BareGuest Redirect(this BareGuest guest, int input, ulong entry) => guest
        .Store(IoApic, 0x11u + (2 * (uint)input)).Store(IoApic + 0x10, (uint)(entry >> 32))
        .Store(IoApic, 0x10u + (2 * (uint)input)).Store(IoApic + 0x10, (uint)entry);

    /// <summary>Ends the interrupt in service.</summary>
    internal static BareGuest End(this BareGuest guest) => guest.Store(0xFEE0_00B0, 0);

    /// <summary>sti; hlt; cli</summary>
    internal static BareGuest Sleep(this BareGuest guest) => guest.Emit(0xFB, 0xF4, 0xFA);

    /// <summary>mov ebx, times; what; dec ebx; jnz to what</summary>
    internal static BareGuest Repeat(this BareGuest guest, int times, Action<BareGuest> what)
    {
        guest.Emit(0xBB).Dword((uint)times);
        int again = guest.Here;
        what(guest);
        guest.Emit(0xFF, 0xCB, 0x0F, 0x85);
        return guest.Dword((uint)(again - (guest.Here + 4)));
    }

    /// <summary>mov dx, port; in al, dx</summary>
    internal static BareGuest InByte(this BareGuest guest, ushort port) => guest.Emit(0x66, 0xBA, (byte)port, (byte)(port >> 8), 0xEC);

    /// <summary>Fills up to an offset, where a handler begins.</summary>
    internal static BareGuest At(this BareGuest guest, int offset) => guest.Emit(new byte[offset - guest.Here]);

    /// <summary>iretq</summary>
    internal static BareGuest Return(this BareGuest guest) => guest.Emit(0x48, 0xCF);

    /// <summary>INIT and start-up for all other processors, which begin at <see cref="OthersStart"/> in real mode.</summary>
    internal static BareGuest StartOthers(this BareGuest guest) => guest.Store(0xFEE0_0300, 0xC_4500).Store(0xFEE0_0300, 0xC_4600 | (OthersStart >> 12));

    /// <summary>again: cmp word [0x31000], count; jne again</summary>
    internal static BareGuest WaitForWord(this BareGuest guest, byte count) =>
        guest.Emit(0x66, 0x83, 0x3C, 0x25).Dword(Word).Emit(count, 0x75, 0xF5);

    /// <summary>inc word [0x31000]</summary>
    internal static BareGuest CountWord(this BareGuest guest) => guest.Emit(0x66, 0xFF, 0x04, 0x25).Dword(Word);

    /// <summary>Puts code for other processors at their start; a multiple of four bytes.</summary>
    internal static BareGuest Place(this BareGuest guest, params byte[] code)
    {
        for (int i = 0; i < code.Length; i += 4)
        {
            guest.Store(OthersStart + (uint)i, BitConverter.ToUInt32(code, i));
        }

        return guest;
    }
}
