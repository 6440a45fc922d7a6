using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>The dispatcher: blocks, and between them signals, traps and faults.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    private int _signals;
    private int _startupVector;
    private volatile int _owner = -1;
    private bool _forget;

    internal bool HasSignals => Volatile.Read(ref _signals) != 0;

    internal ProcessorSignals Signals => (ProcessorSignals)Volatile.Read(ref _signals);

    internal int StartupVector => Volatile.Read(ref _startupVector);

    /// <summary>Makes the dispatcher look at signals, traps and activity before the next block.</summary>
    internal void Attend() => Attention = 1;

    internal void AttendFlags()
    {
        if ((Dr[7] & 0xFF) == 0)
        {
            FlagsRest &= ~Rf.RF; // it lasts for one instruction, and only breakpoints look at it
        }

        if ((FlagsRest & Rf.TF) != 0 || HasSignals)
        {
            Attend();
        }
    }

    internal void Signal(ProcessorSignals signals)
    {
        int before;
        int after;
        do
        {
            // Two that arrive between two instructions are both served; behind a running handler one waits.
            before = Volatile.Read(ref _signals);
            bool isSecond = ((int)signals & before & (int)ProcessorSignals.Nmi) != 0 && !NmiBlocked;
            after = before | (int)signals | (isSecond ? (int)ProcessorSignals.SecondNmi : 0);
        }
        while (Interlocked.CompareExchange(ref _signals, after, before) != before);

        Attention = 1;
    }

    internal void SignalStartup(byte vector)
    {
        Volatile.Write(ref _startupVector, vector);
        Signal(ProcessorSignals.Startup);
    }

    internal void ForgetPages()
    {
        Volatile.Write(ref _forget, true);
        Signal(ProcessorSignals.Housekeeping);
    }

    private bool Take(ProcessorSignals signal) => (Interlocked.And(ref _signals, ~(int)signal) & (int)signal) != 0;

    internal ProcessorStop Run(IGuestIo io)
    {
        Io = io;
        _owner = Environment.CurrentManagedThreadId;
        Attention = 1;
        try
        {
            return Dispatch();
        }
        finally
        {
            _owner = -1;
            Io = SilentBoard.Instance;
        }
    }

    private ProcessorStop Dispatch()
    {
        for (; ; )
        {
            bool single = false;
            if (Attention != 0)
            {
                ProcessorStop? stop = Attended(out single);
                if (stop != null)
                {
                    return stop.Value;
                }
            }

            bool trap = single && (FlagsRest & Rf.TF) != 0;
            byte shadow = Shadow;
            Op* op = Enter(single);
            if (single)
            {
                RunSingle(op, trap, shadow);
            }
            else
            {
                while (op != null)
                {
                    op = op->Run(this, op);
                }
            }

            if (Faulted && !DeliverFault())
            {
                return ProcessorStop.Shutdown;
            }

            if (_dataHits != 0 && Shadow != ShadowOfStackSwitch)
            {
                DeliverDataBreakpoint();
            }
        }
    }

    /// <summary>Runs one instruction, then the trap that the trace flag asks for.</summary>
    private void RunSingle(Op* op, bool trap, byte shadow)
    {
        if (op == null)
        {
            return;
        }

        Shadow = 0;
        ulong start = Rip;
        Attention = 1; // keeps branches from running on into linked blocks
        if ((FlagsRest & Rf.RF) != 0)
        {
            FlagsRest &= ~Rf.RF;
        }
        else if ((Dr[7] & 0xFF) != 0 && shadow != ShadowOfStackSwitch && InstructionBreakpoint(start))
        {
            Fault(null, Vec.DB);
            return;
        }

        Op* next = op->Run(this, op);
        if (Faulted)
        {
            return;
        }

        if (next != null)
        {
            Rip = WrapRip(Reg(Rg.Block) + op->Next);
        }

        // MOV SS holds its own trap back, for good; a trap ends a halt.
        if (trap && Shadow != ShadowOfStackSwitch && (op->Kind != 2 || next != null))
        {
            TakeDataHits();
            Dr[6] |= 0x4000;
            Activity = Activity == ActivityState.Halted ? ActivityState.Active : Activity;
            Fault(null, Vec.DB);
            _trapInside = next == null && Rip == start && op->Kind >= Strings.StringOther;
        }
    }

    /// <summary>The trap came between two steps of a repeated string instruction: RF is saved set. Source: Intel SDM vol. 3B, 17.3.1.1.</summary>
    private bool _trapInside;

    // Of the two shadows only MOV SS's and POP SS's holds back debug traps. Source: Intel SDM vol. 3A, 6.8.3.
    internal const byte ShadowOfStackSwitch = 2;

    /// <summary>Replaces the fault of an instruction by the trap for what it did until then.</summary>
    internal void TrapInside(Op* op)
    {
        Dr[6] |= 0x4000;
        Fault(op, Vec.DB);
        _trapInside = true;
    }

    private bool NeedsSingle => Shadow != 0 || (FlagsRest & (Rf.TF | Rf.RF)) != 0 || (Dr[7] & 0xFF) != 0;

    /// <summary>Looks at everything that may interrupt the flow.</summary>
    /// <returns>A reason to leave Run, or null.</returns>
    private ProcessorStop? Attended(out bool single)
    {
        single = false;
        Attention = 0;
        Interlocked.MemoryBarrier(); // pairs with Signal: the bit is set before Attention
        var signals = (ProcessorSignals)Volatile.Read(ref _signals);
        if (signals != 0)
        {
            if ((signals & ProcessorSignals.Housekeeping) != 0)
            {
                Take(ProcessorSignals.Housekeeping);
                Housekeep();
            }

            if ((signals & ProcessorSignals.Stop) != 0)
            {
                Take(ProcessorSignals.Stop);
                Attention = 1;
                return ProcessorStop.Requested;
            }

            if ((signals & (ProcessorSignals.Init | ProcessorSignals.Startup)) != 0)
            {
                ServeInit(signals);
            }

            if (Activity is ActivityState.Active or ActivityState.Halted)
            {
                ServeInterrupts(signals);
            }
        }

        if (Activity != ActivityState.Active)
        {
            Attention = 1;
            return Activity == ActivityState.Shutdown ? ProcessorStop.Shutdown : ProcessorStop.Halted;
        }

        if (NeedsSingle)
        {
            single = true;
            Attention = 1;
        }

        return null;
    }

    private void Housekeep()
    {
        ServeCodeNotes();
        if (Volatile.Read(ref _forget))
        {
            Volatile.Write(ref _forget, false);
            FlushPhysical();
            FlushTlb();
        }
    }

    private void ServeInterrupts(ProcessorSignals signals)
    {
        if ((signals & ProcessorSignals.Nmi) != 0 && !NmiBlocked && Shadow == 0)
        {
            Activity = ActivityState.Active;
            TakeNmi();
            DeliverExternal(Vec.NMI);
            return;
        }

        if ((signals & ProcessorSignals.Interrupt) == 0 || Shadow != 0 || (FlagsRest & Rf.IF) == 0)
        {
            return;
        }

        Take(ProcessorSignals.Interrupt);
        if (Io.TryAcknowledgeInterrupt(out byte vector))
        {
            Activity = ActivityState.Active;
            DeliverExternal(vector);
        }
    }

    // Blocking comes after the taking: who signals in between sees either both bits or an unblocked processor.
    private void TakeNmi()
    {
        int before;
        int taken;
        do
        {
            before = Volatile.Read(ref _signals);
            taken = (int)((before & (int)ProcessorSignals.SecondNmi) != 0 ? ProcessorSignals.SecondNmi : ProcessorSignals.Nmi);
        }
        while (Interlocked.CompareExchange(ref _signals, before & ~taken, before) != before);

        NmiBlocked = true;
    }

    private void DeliverExternal(int vector)
    {
        if (!Interrupt(vector, 0, false, false, Rip))
        {
            FaultOp = null;
            FaultError |= FaultVector is Vec.TS or Vec.NP or Vec.SS or Vec.GP ? ErrorExternal : 0;
            if (!DeliverFault())
            {
                Activity = ActivityState.Shutdown;
            }
        }
    }

    private void ServeInit(ProcessorSignals signals)
    {
        if ((signals & ProcessorSignals.Init) != 0)
        {
            Take(ProcessorSignals.Init);
            ulong cache = Cr0 & (Cr.CD | Cr.NW);
            ProcessorState state = default;
            Save(ref state);
            Load(AfterInit(state, cache));
            Activity = ActivityState.WaitForStartup;
        }

        if ((signals & ProcessorSignals.Startup) != 0 && Take(ProcessorSignals.Startup) && Activity == ActivityState.WaitForStartup)
        {
            int vector = Volatile.Read(ref _startupVector);
            Seg[Sr.CS].Selector = (ushort)(vector << 8);
            Seg[Sr.CS].Base = (ulong)vector << 12;
            Rip = 0;
            Activity = ActivityState.Active;
            UpdateMode();
        }
    }

    /// <summary>INIT keeps the floating point and vector registers, the time stamp counter and most MSRs. Source: Intel SDM vol. 3A, table 10-1.</summary>
    private static ProcessorState AfterInit(in ProcessorState old, ulong cache)
    {
        ProcessorState state = ProcessorState.Reset();
        state.Cr0 = 0x10 | cache;
        state.Xcr0 = old.Xcr0;
        state.Pat = old.Pat;
        state.TscAux = old.TscAux;
        state.TscOffset = old.TscOffset;
        state.MiscEnable = old.MiscEnable;
        state.SpecCtrl = old.SpecCtrl;
        state.Star = old.Star;
        state.Lstar = old.Lstar;
        state.Cstar = old.Cstar;
        state.Fmask = old.Fmask;
        state.KernelGsBase = old.KernelGsBase;
        state.SysenterCs = old.SysenterCs;
        state.SysenterEsp = old.SysenterEsp;
        state.SysenterEip = old.SysenterEip;
        state.FloatingPoint = old.FloatingPoint;
        state.FpuControl = old.FpuControl;
        state.FpuStatus = old.FpuStatus;
        state.FpuTags = old.FpuTags;
        state.Vector = old.Vector;
        state.Mxcsr = old.Mxcsr;
        state.Pending = old.Pending;
        state.StartupVector = old.StartupVector;
        return state;
    }

    private ulong _dataHits;

    private bool InstructionBreakpoint(ulong rip)
    {
        ulong linear = Code64 ? rip : (uint)(Seg[Sr.CS].Base + rip);
        ulong hits = 0;
        for (int i = 0; i < 4; i++)
        {
            if ((Dr[7] >> (i * 2) & 3) != 0 && (Dr[7] >> (16 + (i * 4)) & 3) == 0 && Dr[i] == linear)
            {
                hits |= 1ul << i;
            }
        }

        if (hits != 0)
        {
            Dr[6] = (Dr[6] & ~0xFul) | hits;
        }

        return hits != 0;
    }

    private void CheckDataBreakpoints(ulong address, int size, bool write)
    {
        for (int i = 0; i < 4; i++)
        {
            int kind = (int)(Dr[7] >> (16 + (i * 4))) & 3;
            if ((Dr[7] >> (i * 2) & 3) == 0 || kind is 0 or 2 || (kind == 1 && !write))
            {
                continue;
            }

            int length = ((int)(Dr[7] >> (18 + (i * 4))) & 3) switch
            {
                0 => 1,
                1 => 2,
                2 => 8,
                _ => 4,
            };
            ulong start = Dr[i] & ~(ulong)(length - 1);
            if (address < start + (ulong)length && start < address + (ulong)size)
            {
                _dataHits |= 1ul << i;
                Attention = 1;
            }
        }
    }

    // Data breakpoints are traps: delivered after the instruction, which ran alone because DR7 asks for single steps.
    private void DeliverDataBreakpoint()
    {
        TakeDataHits();
        Fault(null, Vec.DB);
        DeliverFault();
    }

    /// <summary>Shows in DR6 which data breakpoints were hit. Source: Intel SDM vol. 3B, 18.2.3.</summary>
    internal void TakeDataHits()
    {
        if (_dataHits != 0)
        {
            Dr[6] = (Dr[6] & ~0xFul) | _dataHits;
            _dataHits = 0;
        }
    }
}
