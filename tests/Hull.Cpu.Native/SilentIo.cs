using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>A board with nothing on it.</summary>
internal sealed class SilentIo : IGuestIo
{
    public byte TaskPriority { get; set; }

    public uint ReadPort(ushort port, int size) => uint.MaxValue;

    public void WritePort(ushort port, int size, uint value)
    {
        // Nobody answers.
    }

    public ulong ReadMemory(GuestAddress address, int size) => ulong.MaxValue;

    public void WriteMemory(GuestAddress address, int size, ulong value)
    {
        // Nobody answers.
    }

    public bool TryReadMsr(uint register, out ulong value)
    {
        value = 0;
        return false;
    }

    public bool TryWriteMsr(uint register, ulong value) => false;

    public bool TryAcknowledgeInterrupt(out byte vector)
    {
        vector = 0;
        return false;
    }

    public ulong ReadTimeStampCounter() => 0;

    public void AdjustCpuid(uint leaf, uint subleaf, ref CpuidResult value)
    {
        // Nothing to add.
    }
}
