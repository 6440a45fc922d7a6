using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>The page walk. Source: Intel SDM vol. 3A, chapter 4.</summary>
// SAFETY: page table entries are read and updated through PhysicalPage, 8 or 4 aligned bytes inside one page.
internal sealed unsafe partial class Cpu
{
    /// <summary>Width of physical addresses, CPUID leaf 0x80000008.</summary>
    internal const int PhysicalBits = 46;

    private const ulong AddressBits = ((1ul << PhysicalBits) - 1) & ~0xFFFul;
    private const ulong ReservedHigh = 0x000F_FFFF_FFFF_FFFFul & ~((1ul << PhysicalBits) - 1);
    private const ulong Present = 1, Writable = 2, User = 4, Accessed = 0x20, Dirty = 0x40, Large = 0x80, NoExecute = 1ul << 63;
    private const uint ErrorPresent = 1, ErrorWrite = 2, ErrorUser = 4, ErrorReserved = 8, ErrorFetch = 16;

    internal readonly ulong[] Pdpte = new ulong[4];

    private struct WalkState
    {
        public ulong Physical;
        public bool Writable;
        public bool User;
        public bool NoExecute;
    }

    private bool Translate(Op* op, ulong address, bool write, int set, out ulong physical)
    {
        if ((Cr0 & Cr.PG) == 0)
        {
            physical = (uint)address;
            return true;
        }

        uint error = Walk(address, write, false, set, out physical);
        if (error == 0)
        {
            return true;
        }

        PageFault(op, address, error);
        return false;
    }

    private void PageFault(Op* op, ulong address, uint error)
    {
        Cr2 = address;
        Fault(op, Vec.PF, error & ~NoFault);
    }

    private const uint NoFault = 1u << 31; // makes "not present, supervisor read" (error code 0) different from success

    /// <summary>Translates, checks and sets accessed and dirty bits.</summary>
    /// <returns>0, or the page fault's error code with bit 31 set.</returns>
    private uint Walk(ulong address, bool write, bool fetch, int set, out ulong physical)
    {
        bool user = set == SetUser;
        uint error = NoFault | (write ? ErrorWrite : 0) | (user ? ErrorUser : 0)
            | (fetch && ((Efer & Cr.NXE) != 0 && (Cr4 & Cr.PAE) != 0 || (Cr4 & Cr.SMEP) != 0) ? ErrorFetch : 0);
        WalkState walk = new() { Writable = true, User = true };
        physical = 0;
        uint failed = (Cr4 & Cr.PAE) == 0 ? Walk32(address, ref walk, write, user, fetch, set)
            : Walk64(address, ref walk, write, user, fetch, set);
        physical = walk.Physical;
        return failed == 0 ? 0 : error | (failed & ~NoFault);
    }

    private bool Allowed(in WalkState walk, bool write, bool user, bool fetch, int set)
    {
        if (user)
        {
            return walk.User && (!write || walk.Writable) && (!fetch || !walk.NoExecute);
        }

        if (fetch)
        {
            return !walk.NoExecute && !(walk.User && (Cr4 & Cr.SMEP) != 0);
        }

        return !(walk.User && (Cr4 & Cr.SMAP) != 0 && set != SetKernelAc)
            && (!write || walk.Writable || (Cr0 & Cr.WP) == 0);
    }

    private uint Walk64(ulong address, ref WalkState walk, bool write, bool user, bool fetch, int set)
    {
        ulong reserved = ReservedHigh | ((Efer & Cr.NXE) == 0 ? NoExecute : 0);
        ulong table = Cr3 & AddressBits;
        int shift = 39;
        if (!Long)
        {
            ulong pdpte = Pdpte[(address >> 30) & 3];
            if ((pdpte & Present) == 0)
            {
                return NoFault;
            }

            table = pdpte & AddressBits;
            shift = 21;
        }

        for (; ; shift -= 9)
        {
            ulong at = table + (((address >> shift) & 0x1FF) << 3);
            ulong entry = ReadEntry64(at);
            if ((entry & Present) == 0)
            {
                return NoFault;
            }

            bool leaf = shift == 12 || ((entry & Large) != 0 && shift != 39);
            ulong bad = reserved | (shift == 39 ? Large : 0) | (leaf && shift > 12 ? ((1ul << shift) - 1) & ~0x1FFFul : 0)
                | (Long ? 0 : 0x7FF0_0000_0000_0000ul);
            if ((entry & bad) != 0)
            {
                return NoFault | ErrorReserved | ErrorPresent;
            }

            walk.Writable &= (entry & Writable) != 0;
            walk.User &= (entry & User) != 0;
            walk.NoExecute |= (entry & NoExecute) != 0;
            if (!leaf)
            {
                SetBits64(at, entry, Accessed);
                table = entry & AddressBits;
                continue;
            }

            if (!Allowed(walk, write, user, fetch, set))
            {
                return NoFault | ErrorPresent;
            }

            SetBits64(at, entry, Accessed | (write ? Dirty : 0));
            ulong inside = (1ul << shift) - 1;
            walk.Physical = (entry & AddressBits & ~inside) | (address & inside);
            return 0;
        }
    }

    private uint Walk32(ulong address, ref WalkState walk, bool write, bool user, bool fetch, int set)
    {
        ulong at = (Cr3 & 0xFFFFF000) + (((address >> 22) & 0x3FF) << 2);
        uint entry = ReadEntry32(at);
        if ((entry & Present) == 0)
        {
            return NoFault;
        }

        bool large = (entry & Large) != 0 && (Cr4 & Cr.PSE) != 0;
        if (large && (entry & 0x3FC000 & ~0x1FE000u) != 0)
        {
            return NoFault | ErrorReserved | ErrorPresent;
        }

        walk.Writable = (entry & Writable) != 0;
        walk.User = (entry & User) != 0;
        if (!large)
        {
            SetBits32(at, entry, (uint)Accessed);
            at = (entry & 0xFFFFF000) + (((address >> 12) & 0x3FF) << 2);
            entry = ReadEntry32(at);
            if ((entry & Present) == 0)
            {
                return NoFault;
            }

            walk.Writable &= (entry & Writable) != 0;
            walk.User &= (entry & User) != 0;
        }

        if (!Allowed(walk, write, user, fetch, set))
        {
            return NoFault | ErrorPresent;
        }

        SetBits32(at, entry, (uint)(Accessed | (write ? Dirty : 0)));
        walk.Physical = large
            ? (entry & 0xFFC00000) | ((ulong)(entry & 0x1FE000) << 19) | (address & 0x3FFFFF)
            : (entry & 0xFFFFF000) | (address & 0xFFF);
        return 0;
    }

    private ulong ReadEntry64(ulong physical)
    {
        nint host = PhysicalPage(physical, false);
        return host != 0 ? Volatile.Read(ref *(ulong*)(host + (nint)(physical & 0xFFF))) : Io.ReadMemory(new GuestAddress(physical), 8);
    }

    private uint ReadEntry32(ulong physical)
    {
        nint host = PhysicalPage(physical, false);
        return host != 0
            ? Volatile.Read(ref *(uint*)(host + (nint)(physical & 0xFFF)))
            : (uint)Io.ReadMemory(new GuestAddress(physical), 4);
    }

    private void SetBits64(ulong physical, ulong entry, ulong bits)
    {
        nint host;
        if ((entry & bits) != bits && (host = PhysicalPage(physical, true)) != 0)
        {
            Interlocked.Or(ref *(ulong*)(host + (nint)(physical & 0xFFF)), bits);
        }
    }

    private void SetBits32(ulong physical, uint entry, uint bits)
    {
        nint host;
        if ((entry & bits) != bits && (host = PhysicalPage(physical, true)) != 0)
        {
            Interlocked.Or(ref *(uint*)(host + (nint)(physical & 0xFFF)), bits);
        }
    }

    /// <summary>Loads the four PAE directory pointers. Source: Intel SDM vol. 3A, 4.4.1.</summary>
    /// <returns>False when one has a reserved bit set: #GP.</returns>
    internal bool LoadPdptes(ulong cr3)
    {
        ulong* loaded = stackalloc ulong[4];
        for (int i = 0; i < 4; i++)
        {
            loaded[i] = ReadEntry64((cr3 & 0xFFFFFFE0) + ((ulong)i * 8));
            if ((loaded[i] & Present) != 0 && (loaded[i] & (ReservedHigh | 0xFFF0_0000_0000_01E6ul)) != 0)
            {
                return false;
            }
        }

        for (int i = 0; i < 4; i++)
        {
            Pdpte[i] = loaded[i];
        }

        return true;
    }
}
