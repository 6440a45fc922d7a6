using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>A board that answers anything to anything.</summary>
internal sealed class RandomBoard(RigRandom random) : IGuestIo
{
    private ulong _time;

    public byte TaskPriority { get; set; }

    public uint ReadPort(ushort port, int size) => (uint)random.Bits();

    public void WritePort(ushort port, int size, uint value)
    {
    }

    public ulong ReadMemory(GuestAddress address, int size) => random.Bits();

    public void WriteMemory(GuestAddress address, int size, ulong value)
    {
    }

    public bool TryReadMsr(uint register, out ulong value)
    {
        value = random.Bits();
        return random.OneIn(2);
    }

    public bool TryWriteMsr(uint register, ulong value) => random.OneIn(2);

    public bool TryAcknowledgeInterrupt(out byte vector)
    {
        vector = (byte)random.Next(256);
        return !random.OneIn(8);
    }

    public ulong ReadTimeStampCounter() => _time += (ulong)random.Next(1000);

    public void AdjustCpuid(uint leaf, uint subleaf, ref CpuidResult value)
    {
    }
}
