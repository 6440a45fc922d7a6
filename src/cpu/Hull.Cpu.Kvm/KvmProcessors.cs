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

    /// <summary>Makes the machine and shows it the memory.</summary>
    /// <exception cref="HullException">KVM refuses.</exception>
    public KvmProcessors(KvmHost host, GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(memory);
        _host = host;
        _machine = host.System.CreateMachine();
        _doorbells = new KvmDoorbells(_machine);
        try
        {
            _ = _machine.TryExitOnUnknownMsr();
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

    /// <summary>Makes one processor in the state after power-on.</summary>
    public IVirtualProcessor Create(int number) =>
        new KvmProcessor(_machine.CreateVcpu(number), _host.System.SupportedCpuid(), _doorbells);

    /// <inheritdoc/>
    public void Dispose()
    {
        _doorbells.Dispose();
        _machine.Dispose();
    }
}
