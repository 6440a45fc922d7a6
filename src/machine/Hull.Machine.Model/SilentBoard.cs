namespace Hull.Machine;

/// <summary>A board with nothing on it: reads float high, writes go nowhere, no interrupt ever waits.</summary>
/// <remarks>For processors that are not running, for calibration, for rigs that compare processors; and for probes, which put one thing on it.</remarks>
public class SilentBoard : IGuestIo
{
    /// <summary>Shared by all who have no board; the priority that one of them sets means nothing to the others.</summary>
    public static SilentBoard Instance { get; } = new();

    /// <inheritdoc/>
    public byte TaskPriority { get; set; }

    /// <inheritdoc/>
    public uint ReadPort(ushort port, int size) => uint.MaxValue;

    /// <inheritdoc/>
    public virtual void WritePort(ushort port, int size, uint value)
    {
        // Nobody answers.
    }

    /// <inheritdoc/>
    public ulong ReadMemory(GuestAddress address, int size) => ulong.MaxValue;

    /// <inheritdoc/>
    public void WriteMemory(GuestAddress address, int size, ulong value)
    {
        // Nobody answers.
    }

    /// <inheritdoc/>
    public bool TryReadMsr(uint register, out ulong value)
    {
        value = 0;
        return false;
    }

    /// <inheritdoc/>
    public bool TryWriteMsr(uint register, ulong value) => false;

    /// <inheritdoc/>
    public virtual bool TryAcknowledgeInterrupt(out byte vector)
    {
        vector = 0;
        return false;
    }

    /// <inheritdoc/>
    public ulong ReadTimeStampCounter() => 0;

    /// <inheritdoc/>
    public void AdjustCpuid(uint leaf, uint subleaf, ref CpuidResult value)
    {
        // Nothing to add.
    }
}
