using System.Buffers.Binary;

namespace Hull.Machine.Devices.Clock;

/// <summary>KVM's paravirtual clock: a page that says how the time-stamp counter becomes nanoseconds.</summary>
/// <remarks>
/// Source: the kernel's Documentation/virt/kvm/x86/msr.rst. One per processor; called on its thread only. The counter is
/// the same and steady on all processors, so the page never has to be written again after the guest asked for it.
/// </remarks>
public sealed partial class ParavirtualClock
{
    /// <summary>MSR_KVM_WALL_CLOCK_NEW.</summary>
    public const uint WallClockMsr = 0x4B56_4D00;

    /// <summary>MSR_KVM_SYSTEM_TIME_NEW.</summary>
    public const uint SystemTimeMsr = 0x4B56_4D01;

    /// <summary>MSR_KVM_WALL_CLOCK, for old kernels.</summary>
    public const uint OldWallClockMsr = 0x11;

    /// <summary>MSR_KVM_SYSTEM_TIME, for old kernels.</summary>
    public const uint OldSystemTimeMsr = 0x12;

    private const ulong EnableBit = 1;
    private const byte TscIsStable = 1;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int SystemTimeBytes = 32;
    private const int WallClockBytes = 12;

    private readonly MachineClock _clock;
    private readonly GuestTsc _tsc;
    private readonly IGuestMemory _memory;
    private uint _version;
    private ulong _systemTime;
    private ulong _wallClock;

    /// <summary>Creates one processor's clock.</summary>
    public ParavirtualClock(MachineClock clock, GuestTsc tsc, IGuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(tsc);
        ArgumentNullException.ThrowIfNull(memory);
        _clock = clock;
        _tsc = tsc;
        _memory = memory;
    }

    /// <summary>Reads one of the clock's MSRs.</summary>
    /// <returns>False when it is another MSR.</returns>
    public bool TryReadMsr(uint msr, out ulong value)
    {
        bool isWall = msr is WallClockMsr or OldWallClockMsr;
        value = isWall ? _wallClock : _systemTime;
        return isWall || msr is SystemTimeMsr or OldSystemTimeMsr;
    }

    /// <summary>Writes one of the clock's MSRs; an address outside RAM is taken and never written to.</summary>
    /// <returns>False when it is another MSR.</returns>
    public bool TryWriteMsr(uint msr, ulong value)
    {
        switch (msr)
        {
            case WallClockMsr or OldWallClockMsr:
                _wallClock = value;
                WriteWallClock(new GuestAddress(value));
                return true;
            case SystemTimeMsr or OldSystemTimeMsr:
                _systemTime = value;
                if ((value & EnableBit) != 0)
                {
                    WriteSystemTime(new GuestAddress(value & ~EnableBit));
                }

                return true;
            default:
                return false;
        }
    }

    // ns = ((counts << shift) * multiplier) >> 32, with the multiplier between 2^31 and 2^32 for precision.
    private static (uint Multiplier, sbyte Shift) Scale(uint frequencyKhz)
    {
        UInt128 hertz = (UInt128)frequencyKhz * 1000;
        int shift = 0;
        UInt128 multiplier = ((UInt128)NanosecondsPerSecond << 32) / hertz;
        while (multiplier > uint.MaxValue)
        {
            multiplier >>= 1;
            shift++;
        }

        while (multiplier <= int.MaxValue)
        {
            shift--;
            multiplier = ((UInt128)NanosecondsPerSecond << (32 - shift)) / hertz;
        }

        return ((uint)multiplier, (sbyte)shift);
    }

    private void WriteSystemTime(GuestAddress address)
    {
        (uint multiplier, sbyte shift) = Scale(_tsc.FrequencyKhz);
        long now = _clock.Now;
        Span<byte> page = stackalloc byte[SystemTimeBytes];
        page.Clear();
        _version += 2;
        BinaryPrimitives.WriteUInt32LittleEndian(page, _version);
        BinaryPrimitives.WriteUInt64LittleEndian(page[8..], _tsc.At(now));
        BinaryPrimitives.WriteInt64LittleEndian(page[16..], now);
        BinaryPrimitives.WriteUInt32LittleEndian(page[24..], multiplier);
        page[28] = (byte)shift;
        page[FlagsOffset] = TscIsStable;
        _ = _memory.TryWrite(address, page);
    }

    private void WriteWallClock(GuestAddress address)
    {
        long start = _clock.WallNow - _clock.Now - _clock.Behind;
        Span<byte> page = stackalloc byte[WallClockBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(page, 2);
        BinaryPrimitives.WriteUInt32LittleEndian(page[4..], (uint)(start / NanosecondsPerSecond));
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], (uint)(start % NanosecondsPerSecond));
        _ = _memory.TryWrite(address, page);
    }
}
