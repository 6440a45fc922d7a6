using System.Buffers.Binary;
using Hull.Machine;

namespace Hull.Cpu.Kvm;

/// <summary>Moves a local APIC's state between the page of registers that KVM keeps and the form all processors share.</summary>
/// <remarks>Pure functions. Source: Intel SDM vol. 3A, table 11-1 for the offsets; Documentation/virt/kvm/api.rst, KVM_GET_LAPIC for the id.</remarks>
internal static class KvmApicPage
{
    private const int Id = 0x20;
    private const int TaskPriority = 0x80;
    private const int LogicalDestination = 0xD0;
    private const int DestinationFormat = 0xE0;
    private const int Spurious = 0xF0;
    private const int InService = 0x100;
    private const int LevelTriggered = 0x180;
    private const int Requested = 0x200;
    private const int ErrorStatus = 0x280;
    private const int CommandLow = 0x300;
    private const int CommandHigh = 0x310;
    private const int LocalVectors = 0x320;
    private const int InitialCount = 0x380;
    private const int CurrentCount = 0x390;
    private const int Divide = 0x3E0;
    private const int Stride = 0x10;

    private const int Lint0 = 3;
    private const uint Masked = 1 << 16;
    private const uint ExternalUnmasked = 0x700;
    private const uint SwitchedOn = 0x100;
    private const int TimerModeShift = 17;
    private const ulong X2Mode = 0xC00;

    /// <summary>Whether a one-shot timer ran out, and KVM alone knows whether its interrupt was requested.</summary>
    internal static bool HasRunOut(ReadOnlySpan<byte> page) =>
        IsOneShot(page) && Read(page, InitialCount) != 0 && Read(page, CurrentCount) == 0;

    /// <summary>Whether the timer's interrupt is requested or in service.</summary>
    internal static bool HasTimerVector(ReadOnlySpan<byte> page)
    {
        int vector = (int)(Read(page, LocalVectors) & 0xFF);
        int word = vector / 32 * Stride;
        return (((Read(page, Requested + word) | Read(page, InService + word)) >> (vector % 32)) & 1) != 0;
    }

    /// <summary>Writes a state into a page that KVM gave.</summary>
    /// <param name="page">The page; what no state has stays.</param>
    /// <param name="state">The state.</param>
    internal static void Write(Span<byte> page, in LocalApicState state)
    {
        bool isX2 = (state.Base & X2Mode) == X2Mode;
        Write(page, Id, isX2 ? state.Id : state.Id << 24);
        Write(page, TaskPriority, state.TaskPriority);
        Write(page, LogicalDestination, state.LogicalDestination);
        Write(page, DestinationFormat, state.DestinationFormat);
        Write(page, Spurious, state.Spurious);
        Write(page, ErrorStatus, state.ErrorStatus);
        Write(page, CommandLow, state.CommandLow);
        Write(page, CommandHigh, state.CommandHigh);
        for (int i = 0; i < 8; i++)
        {
            Write(page, InService + (i * Stride), state.InService[i]);
            Write(page, LevelTriggered + (i * Stride), state.LevelTriggered[i]);
            Write(page, Requested + (i * Stride), state.Requested[i]);
        }

        for (int i = 0; i < 6; i++)
        {
            Write(page, LocalVectors + (i * Stride), state.LocalVectors[i]);
        }

        if (IsBypassed(in state))
        {
            Write(page, LocalVectors + (Lint0 * Stride), ExternalUnmasked);
        }

        // KVM takes a one-shot count that has run out for one that is due now.
        bool isOver = IsOneShot(page) && state.CurrentCount == 0;
        Write(page, InitialCount, isOver ? 0 : state.InitialCount);
        Write(page, CurrentCount, state.CurrentCount);
        Write(page, Divide, state.Divide);
    }

    /// <summary>Reads a state from a page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="state">Where to; the base and the deadline are no registers of the page and have to be there.</param>
    internal static void Read(ReadOnlySpan<byte> page, ref LocalApicState state)
    {
        bool isX2 = (state.Base & X2Mode) == X2Mode;
        uint id = Read(page, Id);
        state.Id = isX2 ? id : id >> 24;
        state.TaskPriority = Read(page, TaskPriority);
        state.LogicalDestination = Read(page, LogicalDestination);
        state.DestinationFormat = Read(page, DestinationFormat);
        state.Spurious = Read(page, Spurious);
        state.ErrorStatus = Read(page, ErrorStatus);
        state.CommandLow = Read(page, CommandLow);
        state.CommandHigh = Read(page, CommandHigh);
        for (int i = 0; i < 8; i++)
        {
            state.InService[i] = Read(page, InService + (i * Stride));
            state.LevelTriggered[i] = Read(page, LevelTriggered + (i * Stride));
            state.Requested[i] = Read(page, Requested + (i * Stride));
        }

        for (int i = 0; i < 6; i++)
        {
            state.LocalVectors[i] = Read(page, LocalVectors + (i * Stride));
        }

        if (IsBypassed(in state))
        {
            state.LocalVectors[Lint0] |= Masked;
        }

        state.InitialCount = Read(page, InitialCount);
        state.CurrentCount = Read(page, CurrentCount);
        state.Divide = Read(page, Divide);
    }

    // A switched-off APIC masks LINT0 and lets the 8259 pair through nevertheless, on the board; KVM has it unmasked for that.
    private static bool IsBypassed(in LocalApicState state) =>
        state.Id == 0 && (state.Spurious & SwitchedOn) == 0;

    private static bool IsOneShot(ReadOnlySpan<byte> page) => ((Read(page, LocalVectors) >> TimerModeShift) & 3) == 0;

    private static uint Read(ReadOnlySpan<byte> page, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(page[offset..]);

    private static void Write(Span<byte> page, int offset, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(page[offset..], value);
}
