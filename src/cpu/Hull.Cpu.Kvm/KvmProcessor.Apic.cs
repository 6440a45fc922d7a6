using Hull.Linux;
using Hull.Machine;

namespace Hull.Cpu.Kvm;

// The processor's local APIC, where it is KVM's.
internal sealed partial class KvmProcessor : IHostedApic
{
    private const uint ApicBaseMsr = 0x1B;
    private const uint TscDeadlineMsr = 0x6E0;
    private const uint FirstX2Msr = 0x800;
    private const uint LastX2Msr = 0x8FF;

    // Ends of interrupts that come at once: as many as inputs, and more only where KVM runs the guest in spite of a signal.
    private const int MostSettlings = 64;
    private static readonly TimeSpan s_timerLatency = TimeSpan.FromMilliseconds(1);

    private readonly KvmInterrupts? _interrupts;
    private readonly int _number;
    private bool _timerWasOver;

    /// <inheritdoc/>
    public IHostedApic? HostedApic => _interrupts is null ? null : this;

    /// <inheritdoc/>
    IHostedInterrupts IHostedApic.Interrupts => _interrupts!; // Only one with its own APIC is one.

    private bool IsHosted => _interrupts is not null;

    /// <inheritdoc/>
    void IHostedApic.Load(in LocalApicState state, IGuestIo io)
    {
        // First what is told of the processor: KVM takes x2APIC mode only from one that has it.
        Prepare(io);
        _io = io;
        if (!_vcpu.TrySetMsr(ApicBaseMsr, state.Base))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The host's KVM refuses the local APIC's base register 0x{state.Base:x}.");
        }

        Span<byte> page = stackalloc byte[KvmVcpu.ApicBytes];
        _vcpu.GetApic(page);
        KvmApicPage.Write(page, in state);
        _vcpu.SetApic(page);
        SetCounter(io);
        if (state.Deadline != 0)
        {
            _vcpu.SetMsr(TscDeadlineMsr, CounterDeadline.ToGuest(state.Deadline, _counterOffset));
        }
    }

    /// <inheritdoc/>
    void IHostedApic.Settle()
    {
        if (_io is not { } io || !IsHosted)
        {
            return;
        }

        // Not one that waits to be started: it has nothing to settle.
        KvmMpState before = _vcpu.MpState;
        if (before is KvmMpState.Uninitialized or KvmMpState.InitReceived)
        {
            return;
        }

        Span<byte> page = stackalloc byte[KvmVcpu.ApicBytes];
        _vcpu.GetApic(page);
        bool isOver = KvmApicPage.HasRunOut(page);
        if (isOver)
        {
            // KVM counts by the clock and rings by an alarm, which may be this much later; and where the alarm is the hardware's that
            // stops guests, KVM looks at it only for a processor that halts.
            Thread.Sleep(s_timerLatency);
            _vcpu.MpState = KvmMpState.Halted;
        }

        for (int i = 0; i < MostSettlings && _vcpu.Settle(); i++)
        {
            _ = Answer(io);
        }

        bool isSure = _vcpu.MpState == KvmMpState.Halted;
        if (isOver && before == KvmMpState.Runnable && isSure)
        {
            _vcpu.MpState = KvmMpState.Runnable;
        }

        // A processor with something else to wake up for did not get there: one interrupt too many is better than one that never comes.
        _vcpu.GetApic(page);
        _timerWasOver = isOver && (isSure || KvmApicPage.HasTimerVector(page));
    }

    /// <inheritdoc/>
    void IHostedApic.Save(ref LocalApicState state)
    {
        if (_accessPending)
        {
            _vcpu.CompleteAccess();
            _accessPending = false;
        }

        state.Base = _vcpu.GetMsr(ApicBaseMsr);
        Span<byte> page = stackalloc byte[KvmVcpu.ApicBytes];
        _vcpu.GetApic(page);
        KvmApicPage.Read(page, ref state);
        state.TimerIsDue = KvmApicPage.HasRunOut(page) && !_timerWasOver && !KvmApicPage.HasTimerVector(page);
        state.Deadline = CounterDeadline.ToBoard(_vcpu.GetMsr(TscDeadlineMsr), SaveCounter());
        state.Undelivered = TakeBackEvents();
    }

    // Messages that came while the board had the APIC, or with a state from another processor.
    private void PassOnMessages()
    {
        const uint Physical = 0xFEE0_0000;
        const int DestinationShift = 12;
        const uint Init = 0x4500;
        const uint Startup = 0x4600;
        uint address = Physical | ((uint)_number << DestinationShift);
        if (Take(ProcessorSignals.Init))
        {
            _interrupts?.Send(new MessageSignal(address, Init));
        }

        if (Take(ProcessorSignals.Startup))
        {
            _interrupts?.Send(new MessageSignal(address, Startup | (uint)(byte)Volatile.Read(ref _startupVector)));
        }
    }

    private ProcessorStop? ServeHosted(IGuestIo io)
    {
        PassOnMessages();
        ServeNmi();
        bool wanted = ((ProcessorSignals)Volatile.Read(ref _signals) & ProcessorSignals.Interrupt) != 0;
        if (wanted && _vcpu.IsReadyForInterrupt && _vcpu.InterruptFlag)
        {
            // Only the 8259 pair's come this way. A second one would be one too many: KVM keeps one.
            Take(ProcessorSignals.Interrupt);
            if (io.TryAcknowledgeInterrupt(out byte vector))
            {
                _vcpu.Interrupt(vector);
            }

            wanted = ((ProcessorSignals)Volatile.Read(ref _signals) & ProcessorSignals.Interrupt) != 0;
        }

        _vcpu.RequestInterruptWindow(wanted);
        return null;
    }

    // The deadline is a number on the counter, and an alarm of the host's that does not follow when the counter is set.
    private void SetCounterAndDeadline(ulong counter)
    {
        ulong deadline = IsHosted ? _vcpu.GetMsr(TscDeadlineMsr) : 0;
        _vcpu.SetMsr(TscMsr, counter);
        if (deadline != 0)
        {
            _vcpu.SetMsr(TscDeadlineMsr, deadline);
        }
    }

    private void LoadActivity(ActivityState activity)
    {
        if (IsHosted)
        {
            _vcpu.MpState = activity switch
            {
                ActivityState.Halted => KvmMpState.Halted,
                ActivityState.WaitForStartup => KvmMpState.InitReceived,
                _ => KvmMpState.Runnable,
            };
        }
    }

    private ActivityState SaveActivity()
    {
        if (!IsHosted || _activity == ActivityState.Shutdown)
        {
            return _activity;
        }

        return _vcpu.MpState switch
        {
            KvmMpState.Runnable => ActivityState.Active,
            KvmMpState.Halted => ActivityState.Halted,
            _ => ActivityState.WaitForStartup,
        };
    }

    private static bool IsOfApic(uint register) =>
        register is ApicBaseMsr or TscDeadlineMsr or (>= FirstX2Msr and <= LastX2Msr);
}
