namespace Hull.Machine.Board;

/// <summary>How a guest's processors are arranged; APIC ids count threads, then cores, then sockets.</summary>
/// <param name="Sockets">Packages.</param>
/// <param name="Cores">Cores in a package.</param>
/// <param name="Threads">Threads in a core.</param>
public readonly record struct CpuTopology(int Sockets, int Cores, int Threads)
{
    /// <summary>All processors.</summary>
    public int Count => Sockets * Cores * Threads;

    /// <summary>One package with so many cores.</summary>
    public static CpuTopology OfCores(int count) => new(1, count, 1);

    /// <summary>Bits of the APIC id that count threads.</summary>
    public int ThreadBits => BitsFor(Threads);

    /// <summary>Bits of the APIC id that count threads and cores.</summary>
    public int PackageBits => BitsFor(Threads) + BitsFor(Cores);

    /// <summary>The APIC id of a processor.</summary>
    public uint ApicIdOf(int processor)
    {
        int thread = processor % Threads;
        int core = processor / Threads % Cores;
        int socket = processor / Threads / Cores;
        return (uint)((socket << PackageBits) | (core << ThreadBits) | thread);
    }

    private static int BitsFor(int count) => count <= 1 ? 0 : 32 - int.LeadingZeroCount(count - 1);
}
