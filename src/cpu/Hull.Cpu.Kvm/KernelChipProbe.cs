using Hull.Machine;
using Hull.Machine.Memory;

namespace Hull.Cpu.Kvm;

/// <summary>Lets a small guest take an interrupt from KVM's own local APIC and looks whether it is in service then.</summary>
/// <remarks>
/// A KVM that ends interrupts by itself tells the I/O APIC so before the guest's driver was there: level-triggered interrupts come twice, and
/// an interrupt holds back none below it. One for guests that know it (kvm-pvm, Linux 6.18) does.
/// </remarks>
internal sealed class KernelChipProbe : SilentBoard
{
    private const byte Vector = 0x40;
    private const ushort HandlerPort = 0x10;
    private IVirtualProcessor? _processor;
    private bool _isHandled;

    /// <summary>Runs it; less than a millisecond on hardware.</summary>
    internal static bool IsFaithful(KvmHost host)
    {
        using GuestMemory memory = new(new GuestMemoryOptions { Ranges = [new MemoryRange(new GuestAddress(0), 0x10000)] });
        using KvmProcessors processors = new(host, memory, InterruptChip.Kernel);
        using IVirtualProcessor processor = processors.Create(0);
        KernelChipProbe board = new() { _processor = processor };
        return processor.HostedApic is { } apic && board.Run(processor, apic, memory);
    }

    /// <inheritdoc/>
    public override void WritePort(ushort port, int size, uint value)
    {
        _isHandled = port == HandlerPort;
        _processor?.RequestStop();
    }

    private bool Run(IVirtualProcessor processor, IHostedApic apic, GuestMemory memory)
    {
        // In real mode: sti; nop; nop; out 0x11, al - and the handler: out 0x10, al; each with a loop behind it.
        memory.TryWrite(new GuestAddress(Vector * 4), [0x00, 0x11, 0, 0]);
        memory.TryWrite(new GuestAddress(0x1000), [0xFB, 0x90, 0x90, 0xE6, 0x11, 0xEB, 0xFE]);
        memory.TryWrite(new GuestAddress(0x1100), [0xE6, (byte)HandlerPort, 0xEB, 0xFE]);
        ProcessorState state = ProcessorState.Reset();
        state.Cs = new SegmentState { Limit = 0xFFFF, Attributes = 0x9B };
        state.General[4] = 0x2000;
        state.Rip = 0x1000;
        processor.Load(in state);
        LocalApicState chip = new() { Base = 0xFEE0_0900, DestinationFormat = uint.MaxValue, Spurious = 0x1FF };
        chip.Requested[Vector / 32] = 1u << (Vector % 32);
        apic.Load(in chip, this);
        if (processor.Run(this) != ProcessorStop.Requested)
        {
            return false;
        }

        apic.Save(ref chip);
        return _isHandled && (chip.InService[Vector / 32] & (1u << (Vector % 32))) != 0;
    }
}
