using System.Diagnostics;
using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Memory;

namespace Hull.Cpu.Kvm;

/// <summary>The host's KVM: whether it is there, whether it is fast, and machines on it.</summary>
public sealed class KvmHost : IDisposable
{
    /// <summary>Less than this many million instructions a second is software, whatever the device says.</summary>
    public const double HardwareSpeed = 100;

    private readonly KvmSystem _system;
    private bool? _hasKernelChip;

    /// <summary>Opens /dev/kvm.</summary>
    /// <exception cref="HullException">There is none, or this user may not use it.</exception>
    public KvmHost() => _system = new KvmSystem();

    /// <summary>Uses /dev/kvm as it was opened by another process, and closes it.</summary>
    /// <exception cref="HullException">It is of an unknown version.</exception>
    public KvmHost(FileDescriptor device) => _system = new KvmSystem(device);

    /// <summary>Runs a small loop as a guest and tells how fast it went.</summary>
    /// <returns>Million instructions a second.</returns>
    /// <remarks>Takes 0.1 ms on hardware and some 50 ms where the kernel emulates every instruction.</remarks>
    public double Calibrate()
    {
        const uint Iterations = 50_000;
        using GuestMemory memory = new(new GuestMemoryOptions { Ranges = [new MemoryRange(new GuestAddress(0), 0x10000)] });
        using KvmProcessors processors = new(this, memory, InterruptChip.Board);
        using IVirtualProcessor processor = processors.Create(0);

        // mov ecx, N; again: dec ecx; jnz again; hlt - in real mode with 32-bit operands.
        byte[] program = [0x66, 0xB9, 0, 0, 0, 0, 0x66, 0x49, 0x75, 0xFC, 0xF4];
        BitConverter.TryWriteBytes(program.AsSpan(2), Iterations);
        memory.TryWrite(new GuestAddress(0x1000), program);
        ProcessorState state = ProcessorState.Reset();
        state.Cs = new SegmentState { Limit = 0xFFFF, Attributes = 0x9B };
        state.Rip = 0x1000;
        processor.Load(in state);
        long start = Stopwatch.GetTimestamp();
        ProcessorStop stop = processor.Run(SilentBoard.Instance);
        TimeSpan taken = Stopwatch.GetElapsedTime(start);
        return stop == ProcessorStop.Halted ? 2 * Iterations / taken.TotalMicroseconds : 0;
    }

    /// <summary>What processors on this KVM answer to CPUID before a board has its say; it can be asked when this is closed, too.</summary>
    public CpuidSource DescribeProcessors()
    {
        byte[] table = Cpuid(HasKernelChip);
        return (leaf, subleaf) => KvmCpuid.Find(table, leaf, subleaf);
    }

    /// <summary>Whether machines could have KVM's own local APICs, with the rest of the interrupt chips outside.</summary>
    public bool OffersKernelChip => KvmMachine.OffersSplitChip(_system);

    /// <summary>Whether machines have them: they are offered, and do what local APICs do.</summary>
    public bool HasKernelChip => _hasKernelChip ??= OffersKernelChip && KernelChipProbe.IsFaithful(this);

    /// <summary>Throws when this KVM is not usable for real guests, and says why.</summary>
    /// <exception cref="HullException">It emulates instructions in software.</exception>
    public void RequireHardwareSpeed()
    {
        double speed = Calibrate();
        if (speed < HardwareSpeed)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The host's KVM runs at {speed:0.0} million instructions a second, so it has no hardware behind it; the processor 'interpreter' is faster.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _system.Dispose();

    internal KvmSystem System => _system;

    internal byte[] Cpuid(bool hasKernelChip)
    {
        byte[] table = _system.SupportedCpuid();
        KvmCpuid.Limit(table, hasKernelChip);
        return table;
    }
}
