using Hull.Machine.Board;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Memory;
using Hull.Machine.State;
using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Snapshots;

/// <summary>A snapshot that has been read: what machine it is of, and its state.</summary>
public sealed class SavedMachine
{
    private const int MaxExtents = 1 << 20;
    private const int MaxNodes = 8;

    private SavedMachine(StateFile file)
    {
        File = file;
        StateReader reader = file.Open("machine");
        Board = BoardModel.OfNumber((int)reader.U32()) ?? throw reader.Damaged();
        Memory = new ByteSize(reader.I64());
        int sockets = reader.Count(MicrovmLayout.MaxProcessors);
        int cores = reader.Count(MicrovmLayout.MaxProcessors);
        int threads = reader.Count(MicrovmLayout.MaxProcessors);
        Topology = new CpuTopology(sockets, cores, threads);
        Nodes = reader.Count(MaxNodes);
        TscKhz = reader.U32();
        ClockNow = reader.Time();
        WallNow = reader.Time();
        int devices = reader.Count(MicrovmLayout.VirtioSlots);
        for (int i = 0; i < devices; i++)
        {
            Devices.Add((VirtioDeviceType)reader.U32());
        }

        reader.End();
        if (TscKhz == 0)
        {
            throw reader.Damaged();
        }
    }

    /// <summary>The kind of board.</summary>
    public BoardModel Board { get; }

    /// <summary>RAM.</summary>
    public ByteSize Memory { get; }

    /// <summary>Processors.</summary>
    public CpuTopology Topology { get; }

    /// <summary>NUMA nodes.</summary>
    public int Nodes { get; }

    /// <summary>Frequency of the time-stamp counter.</summary>
    public uint TscKhz { get; }

    /// <summary>What the machine's clock showed.</summary>
    public long ClockNow { get; }

    /// <summary>What the wall showed: nanoseconds since 1970.</summary>
    public long WallNow { get; }

    /// <summary>Its virtio devices, in the order of their slots.</summary>
    public IList<VirtioDeviceType> Devices { get; } = [];

    internal StateFile File { get; }

    /// <summary>Reads a state file.</summary>
    /// <exception cref="HullException">It is damaged, or of a machine that cannot be.</exception>
    public static SavedMachine Read(SafeFileHandle state)
    {
        long length = RandomAccess.GetLength(state);
        if (length > StateFile.MaxBytes)
        {
            throw new HullException(ErrorKind.DataLoss, $"The snapshot is damaged: its state has {length} bytes, more than any machine's.");
        }

        byte[] bytes = new byte[length];
        int done = 0;
        for (int read = 1; done < bytes.Length && read > 0; done += read)
        {
            read = RandomAccess.Read(state, bytes.AsSpan(done), done);
        }

        return new SavedMachine(StateFile.Parse(bytes.AsSpan(0, done)));
    }

    /// <summary>Refuses a machine that is not like the saved one.</summary>
    internal void Check(MachineSpec spec)
    {
        string? difference = spec.Board != Board ? $"a board of the kind '{Board}'"
            : spec.Memory.Bytes != Memory.Bytes ? $"{Memory.Bytes} bytes of memory"
            : spec.Topology != Topology ? $"{Topology.Count} processors ({Topology.Sockets}x{Topology.Cores}x{Topology.Threads})"
            : spec.Nodes != Nodes ? $"{Nodes} NUMA nodes"
            : spec.TscKhz != TscKhz ? $"a time-stamp counter of {TscKhz} kHz"
            : !spec.Devices.Select(device => device.Type).SequenceEqual(Devices) ? $"the devices {string.Join(", ", Devices)}"
            : null;
        if (difference is not null)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The snapshot is of a machine with {difference}; give it the same.");
        }
    }

    internal static void WriteMachine(StateWriter writer, MachineSpec spec, long now, long wall)
    {
        writer.U32((uint)spec.Board.Number);
        writer.I64(spec.Memory.Bytes);
        writer.U32((uint)spec.Topology.Sockets);
        writer.U32((uint)spec.Topology.Cores);
        writer.U32((uint)spec.Topology.Threads);
        writer.U32((uint)spec.Nodes);
        writer.U32(spec.TscKhz);
        writer.I64(now);
        writer.I64(wall);
        writer.U32((uint)spec.Devices.Count);
        foreach (IVirtioDevice device in spec.Devices)
        {
            writer.U32((uint)device.Type);
        }
    }

    internal static void WriteMemory(StateWriter writer, IReadOnlyList<MemoryExtent> extents)
    {
        writer.U32((uint)extents.Count);
        foreach (MemoryExtent extent in extents)
        {
            writer.I64(extent.Offset);
            writer.I64(extent.Length);
            writer.U32(extent.Checksum);
        }
    }

    internal List<MemoryExtent> ReadMemory()
    {
        StateReader reader = File.Open("memory");
        int count = reader.Count(MaxExtents);
        List<MemoryExtent> extents = [];
        for (int i = 0; i < count; i++)
        {
            extents.Add(new MemoryExtent(reader.I64(), reader.I64(), reader.U32()));
        }

        reader.End();
        return extents;
    }
}
