using Hull.Machine.State;

namespace Hull.Machine.Devices.Clock;

// Into a snapshot and out of it, and what the guest is told when its machine stood still.
public sealed partial class ParavirtualClock : ISavable
{
    private const byte GuestStopped = 2;
    private const int FlagsOffset = 29;

    /// <summary>Tells the guest that it stood still, so that its watchdogs do not bark. Any thread.</summary>
    public void MarkStopped()
    {
        if ((_systemTime & EnableBit) != 0)
        {
            _ = _memory.TryWrite(new GuestAddress(_systemTime & ~EnableBit) + FlagsOffset, [TscIsStable | GuestStopped]);
        }
    }

    /// <summary>Whether the guest was told so and did not look at its clock since. Any thread; false for a guest without this clock.</summary>
    public bool IsMarkedStopped()
    {
        Span<byte> flags = stackalloc byte[1];
        return (_systemTime & EnableBit) != 0
            && _memory.TryRead(new GuestAddress(_systemTime & ~EnableBit) + FlagsOffset, flags)
            && (flags[0] & GuestStopped) != 0;
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.U64(_systemTime);
        writer.U64(_wallClock);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _systemTime = reader.U64();
        _wallClock = reader.U64();
    }
}
