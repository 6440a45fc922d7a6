using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Control registers. Source: Intel SDM vol. 3A, 2.5 and 4.10.4.1.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    private const ulong Cr0Known = Cr.PE | Cr.MP | Cr.EM | Cr.TS | Cr.ET | Cr.NE | Cr.WP | Cr.AM | Cr.NW | Cr.CD | Cr.PG;
    private const ulong Cr4Known = Cr.TSD | Cr.DE | Cr.PSE | Cr.PAE | Cr.MCE | Cr.PGE | Cr.PCE | Cr.OSFXSR
        | Cr.OSXMMEXCPT | Cr.UMIP | Cr.FSGSBASE | Cr.PCIDE | Cr.OSXSAVE | Cr.SMEP | Cr.SMAP;

    internal bool WriteCr0(Op* op, ulong value)
    {
        if (value >> 32 != 0 || (value & (Cr.PG | Cr.PE)) == Cr.PG || (value & (Cr.NW | Cr.CD)) == Cr.NW)
        {
            return Raise(op, Vec.GP, 0);
        }

        value = (value & Cr0Known) | Cr.ET;
        ulong changed = value ^ Cr0;
        if ((changed & Cr.PG) != 0)
        {
            if ((value & Cr.PG) != 0)
            {
                if (!EnablePaging(op))
                {
                    return false;
                }
            }
            else
            {
                if (Code64 || (Cr4 & Cr.PCIDE) != 0)
                {
                    return Raise(op, Vec.GP, 0);
                }

                Efer &= ~Cr.LMA;
            }
        }

        Cr0 = value;
        if ((changed & (Cr.PG | Cr.WP | Cr.PE)) != 0)
        {
            FlushTlb();
        }

        UpdateMode();
        return true;
    }

    private bool EnablePaging(Op* op)
    {
        if ((Efer & Cr.LME) != 0)
        {
            if ((Cr4 & Cr.PAE) == 0 || (Seg[Sr.CS].Attributes & AttrLong) != 0)
            {
                return Raise(op, Vec.GP, 0);
            }

            Efer |= Cr.LMA;
            return true;
        }

        return (Cr4 & Cr.PAE) == 0 || LoadPdptes(Cr3) || Raise(op, Vec.GP, 0);
    }

    internal bool WriteCr2(ulong value)
    {
        Cr2 = value;
        return true;
    }

    internal bool WriteCr3(Op* op, ulong value)
    {
        bool keep = false;
        if (Long)
        {
            keep = (Cr4 & Cr.PCIDE) != 0 && value >> 63 != 0;
            value &= keep ? ~(1ul << 63) : ulong.MaxValue;
            if (value >> PhysicalBits != 0)
            {
                return Raise(op, Vec.GP, 0);
            }
        }
        else if ((Cr0 & Cr.PG) != 0 && (Cr4 & Cr.PAE) != 0 && !LoadPdptes(value))
        {
            return Raise(op, Vec.GP, 0);
        }

        Cr3 = value;
        FlushTlb();
        return true;
    }

    internal bool WriteCr4(Op* op, ulong value)
    {
        ulong changed = value ^ Cr4;
        if ((value & ~Cr4Known) != 0
            || (Long && (value & Cr.PAE) == 0)
            || ((changed & value & Cr.PCIDE) != 0 && (!Long || (Cr3 & 0xFFF) != 0)))
        {
            return Raise(op, Vec.GP, 0);
        }

        if ((Cr0 & Cr.PG) != 0 && !Long && (changed & (Cr.PAE | Cr.PSE | Cr.PGE | Cr.SMEP)) != 0 && (value & Cr.PAE) != 0
            && !LoadPdptes(Cr3))
        {
            return Raise(op, Vec.GP, 0);
        }

        Cr4 = value;
        FlushTlb();
        UpdateMode();
        return true;
    }

    internal bool WriteCr8(Op* op, ulong value)
    {
        if (value > 15)
        {
            return Raise(op, Vec.GP, 0);
        }

        Io.TaskPriority = (byte)value;
        return true;
    }

    /// <summary>Reads a model-specific register. Source: Intel SDM vol. 4, table 2-2.</summary>
    internal bool ReadMsr(uint register, out ulong value)
    {
        value = register switch
        {
            0x10 => Io.ReadTimeStampCounter() + TscOffset,
            0x3A => 1, // IA32_FEATURE_CONTROL: locked, nothing enabled
            0x3B => TscOffset,
            0x48 => SpecCtrl,
            0x8B => 1ul << 32, // microcode revision
            0xC0000080 => Efer,
            0xC0000081 => Star,
            0xC0000082 => Lstar,
            0xC0000083 => Cstar,
            0xC0000084 => Fmask,
            0xC0000100 => Seg[Sr.FS].Base,
            0xC0000101 => Seg[Sr.GS].Base,
            0xC0000102 => KernelGsBase,
            0xC0000103 => TscAux,
            0x174 => SysenterCs,
            0x175 => SysenterEsp,
            0x176 => SysenterEip,
            0x179 or 0x17A => 0, // machine check: no banks
            0x1A0 => MiscEnable,
            0x277 => Pat,
            0x10A => ArchCapabilities,
            0xFE => 0, // MTRRs: none
            0x2FF => 6,
            0x1D9 => 0,
            _ => ulong.MaxValue,
        };
        return value != ulong.MaxValue || register is 0xC0000101 or 0xC0000102 or 0xC0000100 || ReadBoardMsr(register, out value);
    }

    private bool ReadBoardMsr(uint register, out ulong value)
    {
        bool isThere = Io.TryReadMsr(register, out value);
        value = register == 0x6E0 ? CounterDeadline.ToGuest(value, TscOffset) : value;
        return isThere;
    }

    // RDCL_NO, IBRS_ALL, SKIP_L1DFL, SSB_NO, MDS_NO, PSCHANGE_MC_NO, TAA_NO, SBDR_SSDP_NO, FBSDP_NO, PSDP_NO, BHI_NO, PBRSB_NO, GDS_NO,
    // RFDS_NO, ITS_NO: an interpreter does not speculate on behalf of its guest.
    private const ulong ArchCapabilities = 0x1 | 0x2 | 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0xE000 | (1ul << 20) | (1ul << 24) | (1ul << 26) | (1ul << 27)
        | (1ul << 62);

    /// <summary>Writes a model-specific register; false for #GP.</summary>
    internal bool WriteMsr(uint register, ulong value)
    {
        switch (register)
        {
            case 0x10:
                TscOffset = value - Io.ReadTimeStampCounter();
                return true;
            case 0x3B:
                TscOffset = value;
                return true;
            case 0x48 when (value & ~0x407ul) == 0: // IBRS, STIBP, SSBD, BHI_DIS_S
                SpecCtrl = value;
                return true;
            case 0x49 when value <= 1: // IBPB
                return true;
            case 0x8B or 0x79 or 0x17A or 0x1D9 or 0x2FF:
                return true;
            case 0xC0000080:
                return WriteEfer(value);
            case 0xC0000081:
                Star = value;
                return true;
            case 0xC0000082:
                return SetCanonical(ref Lstar, value);
            case 0xC0000083:
                return SetCanonical(ref Cstar, value);
            case 0xC0000084:
                Fmask = (uint)value;
                return true;
            case 0xC0000100:
                return SetCanonical(ref Seg[Sr.FS].Base, value);
            case 0xC0000101:
                return SetCanonical(ref Seg[Sr.GS].Base, value);
            case 0xC0000102:
                return SetCanonical(ref KernelGsBase, value);
            case 0xC0000103:
                TscAux = (uint)value;
                return value >> 32 == 0;
            case 0x174:
                SysenterCs = value;
                return true;
            case 0x175:
                return SetCanonical(ref SysenterEsp, value);
            case 0x176:
                return SetCanonical(ref SysenterEip, value);
            case 0x1A0:
                MiscEnable = value;
                return true;
            case 0x277:
                return WritePat(value);
            case 0x6E0:
                return Io.TryWriteMsr(register, CounterDeadline.ToBoard(value, TscOffset));
            default:
                return Io.TryWriteMsr(register, value);
        }
    }

    private bool WritePat(ulong value)
    {
        for (int i = 0; i < 64; i += 8)
        {
            if (((value >> i) & 0xFF) is 2 or 3 or > 7)
            {
                return false;
            }
        }

        Pat = value;
        return true;
    }

    private static bool SetCanonical(ref ulong register, ulong value)
    {
        if ((ulong)((long)(value << 16) >> 16) != value)
        {
            return false;
        }

        register = value;
        return true;
    }

    private bool WriteEfer(ulong value)
    {
        if ((value & ~(Cr.SCE | Cr.LME | Cr.LMA | Cr.NXE)) != 0
            || (((value ^ Efer) & Cr.LME) != 0 && (Cr0 & Cr.PG) != 0))
        {
            return false;
        }

        Efer = (value & ~Cr.LMA) | (Efer & Cr.LMA);
        FlushTlb();
        UpdateMode();
        return true;
    }
}
