using Hull.Cpu.Native;

namespace Hull.Fuzz.Targets;

/// <summary>A guest that puts anything into its control registers, tables and code: four bytes draw the machine, the rest is code.</summary>
internal sealed class ProcessorTarget : IFuzzTarget
{
    private readonly Lazy<RandomMachine> _machine = new();
    private long _memory;

    public string Name => "processor";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. Enumerable.Range(0, 64).Select(BitConverter.GetBytes),
        [1, 0, 0, 0, 0x0F, 0x01, 0x18, 0x0F, 0x22, 0xC0, 0x0F, 0x22, 0xE0, 0x0F, 0x30, 0xCF, 0xCB, 0x0F, 0x05],
    ];

    public string? Tally => _machine.IsValueCreated
        ? $"{_machine.Value.Stopped} stopped, {_machine.Value.Halts} halts, {_machine.Value.Shutdowns} shutdowns, {_memory >> 20} MiB at most"
        : null;

    public void Run(ReadOnlyMemory<byte> input)
    {
        _machine.Value.Run(input.Span);
        _memory = Math.Max(_memory, Environment.WorkingSet);
    }
}
