using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Memory;

namespace Hull.Cpu.Kvm;

/// <summary>A machine of KVM's for one guest memory, and the maker of its processors.</summary>
/// <remarks>Disposed after its processors and before the memory.</remarks>
public sealed class KvmProcessors : IDisposable
{
    private readonly KvmHost _host;
    private readonly KvmMachine _machine;
    private readonly KvmDoorbells _doorbells;

    private readonly KvmInterrupts? _interrupts;
    private readonly List<KvmProcessor> _made = [];

    /// <summary>Makes the machine and shows it the memory.</summary>
    /// <param name="host">The host's KVM.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="chip">Whose local APICs the processors have.</param>
    /// <exception cref="HullException">KVM refuses, or has no local APICs of its own where they were asked for.</exception>
    public KvmProcessors(KvmHost host, GuestMemory memory, InterruptChip chip = InterruptChip.Best)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(memory);
        _host = host;
        _machine = host.System.CreateMachine();
        _doorbells = new KvmDoorbells(_machine);
        try
        {
            _ = _machine.TryExitOnUnknownMsr();
            _interrupts = MakeInterrupts(chip);
            for (int i = 0; i < memory.Ranges.Count; i++)
            {
                MemoryRange range = memory.Ranges[i];
                _machine.SetMemory(new KvmUserspaceMemoryRegion
                {
                    Slot = (uint)i,
                    GuestPhysAddr = range.Start.Value,
                    MemorySize = range.Size,
                    UserspaceAddr = (ulong)memory.WindowBase + range.Start.Value,
                });
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Whether the local APICs are KVM's own.</summary>
    public bool HasKernelChip => _interrupts is not null;

    /// <summary>Makes one processor in the state after power-on.</summary>
    /// <param name="number">Its APIC id.</param>
    public IVirtualProcessor Create(int number)
    {
        KvmProcessor made = new(_machine.CreateVcpu(number), _host.Cpuid(HasKernelChip), _doorbells, number, _interrupts);
        _made.Add(made);
        return made;
    }

    /// <summary>How often guests came back to this process.</summary>
    internal long Exits => _made.Sum(processor => processor.Exits);

    /// <inheritdoc/>
    public void Dispose()
    {
        _doorbells.Dispose();
        _interrupts?.Dispose();
        _machine.Dispose();
    }

    private KvmInterrupts? MakeInterrupts(InterruptChip chip)
    {
        if (chip == InterruptChip.Board)
        {
            return null;
        }

        if ((chip == InterruptChip.Kernel ? _host.OffersKernelChip : _host.HasKernelChip) && _machine.TrySplitChip(KvmInterrupts.Inputs))
        {
            return new KvmInterrupts(_machine);
        }

        return chip == InterruptChip.Best
            ? null
            : throw new HullException(ErrorKind.FailedPrecondition, "The host's KVM has no local APICs of its own without the chips of a PC.");
    }
}
