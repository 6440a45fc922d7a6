using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Privileged and system instructions. Source: Intel SDM vol. 2 and vol. 3A, 2.8.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class SystemOps
{
    internal static Op* Undefined(Cpu c, Op* op) => c.Fault(op, Vec.UD);

    internal static Op* DeviceNotAvailable(Cpu c, Op* op) => c.Fault(op, Vec.NM);

    internal static Op* Protection(Cpu c, Op* op) => c.Fault(op, Vec.GP);

    /// <summary>The instruction changed what decoding depends on: find the next block anew.</summary>
    internal static Op* End(Cpu c, Op* op)
    {
        c.Rip = c.WrapRip(c.Reg(Rg.Block) + op->Next);
        return Cpu.Continue(c);
    }

    internal static Op* EndIfLegacy(Cpu c, Op* op) => c.Code64 ? op + 1 : End(c, op);

    /// <summary>After MOV SS and POP SS interrupts and traps wait for one instruction.</summary>
    internal static Op* EndAfterStackSwitch(Cpu c, Op* op)
    {
        c.Shadow = Cpu.ShadowOfStackSwitch;
        c.Attend();
        return End(c, op);
    }

    /// <summary>After POPF and the like: the TLB set may differ (AC), a trap or an interrupt may be due.</summary>
    internal static Op* EndAfterFlags(Cpu c, Op* op)
    {
        c.SelectSet();
        if ((c.FlagsRest & (Rf.IF | Rf.TF)) != 0)
        {
            c.Attend();
        }

        return End(c, op);
    }

    private static bool Kernel(Cpu c, Op* op) => c.Cpl == 0 || c.Raise(op, Vec.GP, 0);

    internal static Op* Halt(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        c.Activity = ActivityState.Halted;
        c.Attend();
        return End(c, op);
    }

    private static bool InterruptFlagAllowed(Cpu c, Op* op) =>
        c.Cpl <= (int)((c.FlagsRest >> 12) & 3) || (c.Cr0 & Cr.PE) == 0 || c.Raise(op, Vec.GP, 0);

    internal static Op* ClearInterrupts(Cpu c, Op* op)
    {
        if (!InterruptFlagAllowed(c, op))
        {
            return null;
        }

        c.FlagsRest &= ~Rf.IF;
        return op + 1;
    }

    internal static Op* SetInterrupts(Cpu c, Op* op)
    {
        if (!InterruptFlagAllowed(c, op))
        {
            return null;
        }

        if ((c.FlagsRest & Rf.IF) != 0)
        {
            return op + 1;
        }

        c.FlagsRest |= Rf.IF;
        if (!c.HasSignals && op[1].Kind != 1)
        {
            // Nothing waits now, and the next instruction (HLT, often) follows without a look at signals.
            return op + 1;
        }

        c.Shadow = 1;
        c.Attend();
        return End(c, op);
    }

    internal static Op* ClearDirection(Cpu c, Op* op)
    {
        c.FlagsRest &= ~Rf.DF;
        return op + 1;
    }

    internal static Op* SetDirection(Cpu c, Op* op)
    {
        c.FlagsRest |= Rf.DF;
        return op + 1;
    }

    /// <summary>CLC, STC, CMC by Extra.</summary>
    internal static Op* Carry(Cpu c, Op* op)
    {
        c.SetCarryOnly(op->Extra == 1 || (op->Extra == 2 && !c.CF));
        return op + 1;
    }

    internal static Op* StoreFlags(Cpu c, Op* op)
    {
        c.Set<byte>(Rg.AX + 1, (c.StatusFlags & 0xFF) | 2);
        return op + 1;
    }

    internal static Op* LoadFlags(Cpu c, Op* op)
    {
        c.StatusFlags = (c.StatusFlags & Rf.OF) | (c.Get<byte>(Rg.AX + 1) & Rf.Status);
        return op + 1;
    }

    /// <summary>SALC.</summary>
    internal static Op* SetFromCarry(Cpu c, Op* op)
    {
        c.Set<byte>(Rg.AX, c.CF ? 0xFFu : 0);
        return op + 1;
    }

    /// <summary>CLAC (Extra 0) and STAC (Extra 1).</summary>
    internal static Op* AccessFlag(Cpu c, Op* op)
    {
        if (c.Cpl != 0)
        {
            return c.Fault(op, Vec.UD);
        }

        c.FlagsRest = op->Extra == 0 ? c.FlagsRest & ~Rf.AC : c.FlagsRest | Rf.AC;
        c.SelectSet();
        return op + 1;
    }

    internal static Op* ClearTaskSwitched(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        c.Cr0 &= ~Cr.TS;
        c.UpdateMode();
        return End(c, op);
    }

    /// <summary>INVD, WBINVD: caches do not exist here.</summary>
    internal static Op* CacheFlush(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        Cpu.Serialize();
        return op + 1;
    }

    internal static Op* InvalidatePage(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        ulong address = c.Offset(op) + ((op->Mode & AddressMode.Base) != 0 ? c.Seg[op->Segment].Base : 0);
        c.FlushTlbPage(c.Long ? address : (uint)address);
        Cpu.Serialize();
        return End(c, op);
    }

    internal static Op* InvalidateContext(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        ulong* descriptor = stackalloc ulong[2];
        ulong type = op->Size == 8 ? c.Reg(op->Dst) : (uint)c.Reg(op->Dst);
        if (!c.ReadBytes(op, c.Ea(op), descriptor, 16))
        {
            return null;
        }

        if (type > 3 || (type <= 1 && (descriptor[0] >> 12) != 0)
            || (type <= 1 && (c.Cr4 & Cr.PCIDE) == 0 && descriptor[0] != 0)
            || (type == 0 && (ulong)((long)(descriptor[1] << 16) >> 16) != descriptor[1]))
        {
            return c.Fault(op, Vec.GP);
        }

        c.FlushTlb();
        Cpu.Serialize();
        return End(c, op);
    }

    /// <summary>MOV from control register: Aux = which.</summary>
    internal static Op* ReadControl(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        ulong value = op->Aux switch
        {
            0 => c.Cr0,
            2 => c.Cr2,
            3 => c.Cr3,
            4 => c.Cr4,
            _ => c.Io.TaskPriority,
        };
        c.SetSized(op->Dst, c.Code64 ? 8 : 4, value);
        return op + 1;
    }

    internal static Op* WriteControl(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        Cpu.Serialize();
        ulong value = c.Code64 ? c.Reg(op->Dst) : (uint)c.Reg(op->Dst);
        bool done = op->Aux switch
        {
            0 => c.WriteCr0(op, value),
            2 => c.WriteCr2(value),
            3 => c.WriteCr3(op, value),
            4 => c.WriteCr4(op, value),
            _ => c.WriteCr8(op, value),
        };
        return done ? End(c, op) : null;
    }

    /// <summary>LMSW: changes only PE (never back), MP, EM and TS.</summary>
    internal static Op* LoadStatusWord(Cpu c, Op* op)
    {
        if (!Kernel(c, op) || !Multiply.Source<ushort>(c, op, out ulong value))
        {
            return null;
        }

        value = (c.Cr0 & ~0xEul) | (value & 0xF);
        return c.WriteCr0(op, value) ? End(c, op) : null;
    }

    /// <summary>
    /// VMCALL and VMMCALL: under a board that calls itself KVM a call that does not exist, elsewhere no instruction.
    /// Source: the kernel's Documentation/virt/kvm/x86/hypercalls.rst; KVM_ENOSYS and KVM_EPERM in linux/kvm_para.h.
    /// </summary>
    internal static Op* Hypercall(Cpu c, Op* op)
    {
        const uint HypervisorLeaf = 0x4000_0000;
        const uint Kvmk = 0x4B4D_564B;
        if (c.Cpuid(HypervisorLeaf, 0).Ebx != Kvmk)
        {
            return c.Fault(op, Vec.UD);
        }

        const long NoSuchCall = -1000, NotAllowed = -1;
        c.SetSized(Rg.AX, c.Code64 ? 8 : 4, (ulong)(c.Cpl == 0 ? NoSuchCall : NotAllowed));
        return op + 1;
    }

    internal static Op* ReadDebug(Cpu c, Op* op)
    {
        if (!DebugAllowed(c, op, out int index))
        {
            return null;
        }

        c.SetSized(op->Dst, c.Code64 ? 8 : 4, c.Dr[index]);
        return op + 1;
    }

    internal static Op* WriteDebug(Cpu c, Op* op)
    {
        if (!DebugAllowed(c, op, out int index))
        {
            return null;
        }

        ulong value = c.Code64 ? c.Reg(op->Dst) : (uint)c.Reg(op->Dst);
        if (index >= 6 && value >> 32 != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        c.Dr[index] = index switch
        {
            6 => (value & 0xE00F) | 0xFFFF0FF0,
            7 => (value & 0xFFFF2BFF) | 0x400,
            _ => value,
        };
        c.FlushTlb();
        c.SelectSet();
        c.Attend();
        return End(c, op);
    }

    private static bool DebugAllowed(Cpu c, Op* op, out int index)
    {
        index = op->Aux;
        if (index is 4 or 5)
        {
            if ((c.Cr4 & Cr.DE) != 0)
            {
                return c.Raise(op, Vec.UD, 0);
            }

            index += 2;
        }

        if (!Kernel(c, op))
        {
            return false;
        }

        if ((c.Dr[7] & 0x2000) != 0)
        {
            c.Dr[6] |= 0x2000;
            return c.Raise(op, Vec.DB, 0);
        }

        return true;
    }

    internal static Op* ReadMsr(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        if (!c.ReadMsr((uint)c.Reg(Rg.CX), out ulong value))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Set<uint>(Rg.AX, value);
        c.Set<uint>(Rg.DX, value >> 32);
        return op + 1;
    }

    internal static Op* WriteMsr(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        Cpu.Serialize();
        ulong value = (uint)c.Reg(Rg.AX) | (c.Reg(Rg.DX) << 32);
        return c.WriteMsr((uint)c.Reg(Rg.CX), value) ? End(c, op) : c.Fault(op, Vec.GP);
    }

    internal static Op* Cpuid(Cpu c, Op* op)
    {
        Cpu.Serialize();
        CpuidResult result = c.Cpuid((uint)c.Reg(Rg.AX), (uint)c.Reg(Rg.CX));
        c.Set<uint>(Rg.AX, result.Eax);
        c.Set<uint>(Rg.BX, result.Ebx);
        c.Set<uint>(Rg.CX, result.Ecx);
        c.Set<uint>(Rg.DX, result.Edx);
        return op + 1;
    }

    /// <summary>RDTSC and RDTSCP (Extra 1).</summary>
    internal static Op* ReadTime(Cpu c, Op* op)
    {
        if (c.Cpl != 0 && (c.Cr4 & Cr.TSD) != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        ulong value = c.Io.ReadTimeStampCounter() + c.TscOffset;
        c.Set<uint>(Rg.AX, value);
        c.Set<uint>(Rg.DX, value >> 32);
        if (op->Extra == 1)
        {
            c.Set<uint>(Rg.CX, c.TscAux);
        }

        return op + 1;
    }

    internal static Op* ReadPid(Cpu c, Op* op)
    {
        c.Reg(op->Dst) = c.TscAux;
        return op + 1;
    }

    internal static Op* SwapGs(Cpu c, Op* op)
    {
        if (!Kernel(c, op))
        {
            return null;
        }

        (c.KernelGsBase, c.Seg[Sr.GS].Base) = (c.Seg[Sr.GS].Base, c.KernelGsBase);
        return op + 1;
    }

    /// <summary>RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE by Extra.</summary>
    internal static Op* SegmentBase(Cpu c, Op* op)
    {
        if ((c.Cr4 & Cr.FSGSBASE) == 0)
        {
            return c.Fault(op, Vec.UD);
        }

        int segment = (op->Extra & 1) == 0 ? Sr.FS : Sr.GS;
        if (op->Extra < 2)
        {
            c.SetSized(op->Dst, op->Size, c.Seg[segment].Base);
            return op + 1;
        }

        ulong value = c.GetSized(op->Dst, op->Size);
        if (!c.IsCanonical(value))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Seg[segment].Base = value;
        return op + 1;
    }

    internal static bool PortAllowed(Cpu c, Op* op, ushort port, int size)
    {
        bool free = (c.Cr0 & Cr.PE) == 0
            || ((c.FlagsRest & Rf.VM) == 0 && c.Cpl <= (int)((c.FlagsRest >> 12) & 3));
        if (free)
        {
            return true;
        }

        if ((c.Tr.Attributes & 0xD) != 9 || c.Tr.Limit < 0x67 || !c.ReadSystem(c.Tr.Base + 0x66, out ushort map))
        {
            return c.Faulted ? Located(c, op) : c.Raise(op, Vec.GP, 0);
        }

        ulong at = map + ((ulong)port >> 3);
        if (at + 1 > c.Tr.Limit)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        if (!c.ReadSystem(c.Tr.Base + at, out ushort bits))
        {
            return Located(c, op);
        }

        return ((bits >> (port & 7)) & ((1 << size) - 1)) == 0 || c.Raise(op, Vec.GP, 0);
    }

    private static bool Located(Cpu c, Op* op)
    {
        c.FaultOp = op;
        return false;
    }

    /// <summary>IN: Imm = port, or Aux = 1 for DX.</summary>
    internal static Op* In(Cpu c, Op* op)
    {
        ushort port = (ushort)(op->Aux == 1 ? c.Reg(Rg.DX) : (ulong)op->Imm);
        if (!PortAllowed(c, op, port, op->Size))
        {
            return null;
        }

        c.SetSized(Rg.AX, op->Size, c.Io.ReadPort(port, op->Size));
        return End(c, op);
    }

    internal static Op* Out(Cpu c, Op* op)
    {
        ushort port = (ushort)(op->Aux == 1 ? c.Reg(Rg.DX) : (ulong)op->Imm);
        if (!PortAllowed(c, op, port, op->Size))
        {
            return null;
        }

        Cpu.Serialize();
        c.Io.WritePort(port, op->Size, (uint)c.GetSized(Rg.AX, op->Size));
        return End(c, op);
    }

    /// <summary>XGETBV and XSETBV (Extra 1).</summary>
    internal static Op* ExtendedControl(Cpu c, Op* op)
    {
        if ((c.Cr4 & Cr.OSXSAVE) == 0)
        {
            return c.Fault(op, Vec.UD);
        }

        if (op->Extra == 0)
        {
            if ((uint)c.Reg(Rg.CX) > 1)
            {
                return c.Fault(op, Vec.GP);
            }

            c.Set<uint>(Rg.AX, (uint)c.Reg(Rg.CX) == 1 ? c.XInUse() & c.Xcr0 : c.Xcr0);
            c.Set<uint>(Rg.DX, 0);
            return op + 1;
        }

        ulong value = (uint)c.Reg(Rg.AX) | (c.Reg(Rg.DX) << 32);
        if (c.Cpl != 0 || (uint)c.Reg(Rg.CX) != 0 || value is not (1 or 3 or 7))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Xcr0 = value;
        c.UpdateMode();
        return End(c, op);
    }
}
