using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>From RIP to decoded operations.</summary>
// SAFETY: exec entries are indexed with a mask; blocks belong to the cache.
internal sealed unsafe partial class Cpu
{
    internal const int ExecEntries = 256;
    internal const int MaxBlockOps = 48;

    private const int JumpEntries = 1024;
    private ExecEntry* _exec;
    private JumpEntry* _jumps;
    private uint _epoch = 1;
    private ulong _stamp;
    private readonly int _listener;
    private readonly ConcurrentQueue<ulong> _codeNotes = [];
    private readonly Op[] _decoded = new Op[MaxBlockOps];

    private struct ExecEntry
    {
        public ulong Tag;
        public ulong Physical;
    }

    /// <summary>A 64-bit block by its RIP. It counts while nothing changed that fetching depends on: the stamp says so.</summary>
    private struct JumpEntry
    {
        public ulong Rip;
        public ulong Stamp;
        public Op* Ops;
    }

    /// <summary>Finds or decodes the block at RIP, or goes back to the dispatcher because something wants attention.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Op* Continue(Cpu c)
    {
        ulong rip = c.Rip;
        JumpEntry* entry = c._jumps + ((rip ^ (rip >> 10)) & (JumpEntries - 1));
        if (c.Attention != 0 || entry->Rip != rip || entry->Stamp != c._stamp)
        {
            return ContinueSlow(c);
        }

        c.Reg(Rg.Block) = rip;
        return entry->Ops;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* ContinueSlow(Cpu c) => c.Attention != 0 ? null : c.Enter(false);

    private void RememberJump(Op* ops)
    {
        JumpEntry* entry = _jumps + ((Rip ^ (Rip >> 10)) & (JumpEntries - 1));
        entry->Rip = Rip;
        entry->Stamp = _stamp;
        entry->Ops = ops;
    }

    /// <summary>Forgets blocks by RIP: fetching may find other code there now.</summary>
    private void ForgetJumps()
    {
        _epoch++;
        _stamp = Stamp;
    }

    // Never 0, so that cleared entries match nothing; only 64-bit mode looks: CS has no base there.
    private ulong Stamp => ((ulong)_epoch << 32) | ModeKey;

    /// <summary>Finds or decodes the block at RIP and makes it current.</summary>
    /// <returns>Null when fetching faulted.</returns>
    internal Op* Enter(bool single)
    {
        if (!Code64 && Rip > Seg[Sr.CS].Limit)
        {
            return Fault(null, Vec.GP);
        }

        ulong linear = Code64 ? Rip : (uint)(Seg[Sr.CS].Base + Rip);
        if (!TranslateExec(linear, out ulong physical))
        {
            return null;
        }

        ulong key = physical | ((ulong)(ModeKey | (single ? ModeSingle : 0)) << 52);
        Block* block = Blocks.Find(key);
        if (block == null || (block->SecondPage != 0 && !SecondPageMatches(block, linear)))
        {
            block = DecodeBlock(linear, physical, key, single);
            if (block == null)
            {
                return null;
            }
        }

        Reg(Rg.Block) = Rip;
        _crossing = block->SecondPage != 0;
        if (!_crossing && !single && Code64)
        {
            RememberJump(block->Ops);
        }

        return block->Ops;
    }

    /// <summary>Whether the block just entered crosses a page: such blocks are checked each time and never linked.</summary>
    internal bool CrossesPage(Op* entered) => _crossing && entered != null;

    private bool _crossing;

    private bool SecondPageMatches(Block* block, ulong linear)
    {
        ulong next = (linear & PageMask) + 0x1000;
        return TranslateExec(Code64 ? next : (uint)next, out ulong second) ? second == block->SecondPage : ClearFault();
    }

    // The second page is missing now: decoding will find out whether the instruction needs it, and fault with its own address.
    private bool ClearFault()
    {
        Faulted = false;
        return false;
    }

    private Block* DecodeBlock(ulong linear, ulong physical, ulong key, bool single)
    {
        if (Blocks.IsFull)
        {
            Blocks.Clear();
            ForgetJumps();
        }

        MarkCode(physical);
        Decoder decoder = new(this, linear, physical, _decoded, single ? 1 : MaxBlockOps);
        if (!decoder.Run())
        {
            return null;
        }

        return Blocks.Add(key, physical, decoder.SecondPage, _decoded.AsSpan(0, decoder.Count));
    }

    /// <summary>Gives back the memory of decoded code, if it is much. Only while not running.</summary>
    internal void Rest()
    {
        if (Blocks.TryRest())
        {
            ForgetJumps();
        }
    }

    /// <summary>Translates for fetching; raises the fault itself.</summary>
    internal bool TranslateExec(ulong linear, out ulong physical)
    {
        ExecEntry* entry = _exec + ((linear >> 12) & (ExecEntries - 1)) + (Cpl == 3 ? ExecEntries : 0);
        if (entry->Tag == (linear & PageMask))
        {
            physical = entry->Physical | (linear & 0xFFF);
            return true;
        }

        return TranslateExecSlow(entry, linear, out physical);
    }

    private bool TranslateExecSlow(ExecEntry* entry, ulong linear, out ulong physical)
    {
        if (Long && (ulong)((long)(linear << 16) >> 16) != linear)
        {
            physical = 0;
            Fault(null, Vec.GP);
            return false;
        }

        if ((Cr0 & Cr.PG) == 0)
        {
            physical = (uint)linear;
        }
        else
        {
            uint error = Walk(linear, false, true, Cpl == 3 ? SetUser : SetKernel, out physical);
            if (error != 0)
            {
                PageFault(null, linear, error);
                return false;
            }
        }

        entry->Tag = linear & PageMask;
        entry->Physical = physical & PageMask;
        return true;
    }

    private void FlushExec()
    {
        ForgetJumps();
        for (int i = 0; i < 2 * ExecEntries; i++)
        {
            _exec[i].Tag = NoTag;
        }
    }

    private void FlushExecPage(ulong address)
    {
        ForgetJumps();
        _exec[(address >> 12) & (ExecEntries - 1)].Tag = NoTag;
        _exec[ExecEntries + ((address >> 12) & (ExecEntries - 1))].Tag = NoTag;
    }

    // Any thread. Bit 0 of the note: the page was written, drop its code; otherwise drop write access.
    private void OnCodePage(GuestAddress page, bool written)
    {
        if (_owner == Environment.CurrentManagedThreadId)
        {
            ServeCodeNote(page.Value | (written ? 1ul : 0));
            return;
        }

        _codeNotes.Enqueue(page.Value | (written ? 1ul : 0));
        Signal(ProcessorSignals.Housekeeping);
    }

    internal void ServeCodeNotes()
    {
        while (_codeNotes.TryDequeue(out ulong note))
        {
            ServeCodeNote(note);
        }
    }

    private void ServeCodeNote(ulong note)
    {
        if ((note & 1) != 0)
        {
            Blocks.DropPage(note & PageMask);
        }
        else if (DropWritable(note & PageMask))
        {
            // Writes since the page was marked came by unseen: as far as others know, they happened now.
            Pages.CodePages.Written(new GuestAddress(note & PageMask), 1, _listener);
        }
    }

    /// <summary>Looks after code when this processor wrote to a marked page.</summary>
    private void CodeWritten(ulong physical, int size)
    {
        Pages.CodePages.Written(new GuestAddress(physical), (ulong)size, _listener);
        if (Blocks.DropWritten(physical, size))
        {
            Pages.CodePages.Unmark(new GuestAddress(physical), _listener);
        }
    }

    /// <summary>Marks a page as one that this processor decodes from.</summary>
    internal void MarkCode(ulong physical) => Pages.CodePages.Mark(new GuestAddress(physical), _listener);

    internal const uint ModeSingle = 1, Mode16 = 0, Mode32 = 2, Mode64 = 4, ModeSizeMask = 6, ModeStack32 = 8;
    internal const uint ModeFpu = 0x10, ModeSse = 0x20, ModeAvx = 0x40, ModeFlat = 0x80, ModeReal = 0x100, ModeUser = 0x200, ModeEm = 0x400;

    /// <summary>Works out everything that decoding and the TLB depend on; call after every change of CR0, CR4, EFER, CS, SS, CPL, AC.</summary>
    internal void UpdateMode()
    {
        Long = (Efer & Cr.LMA) != 0;
        Code64 = Long && (Seg[Sr.CS].Attributes & 0x2000) != 0;
        uint key = Code64 ? Mode64 : (Seg[Sr.CS].Attributes & 0x4000) != 0 ? Mode32 : Mode16;

        // In 64-bit mode SS says nothing, and differs between system calls and interrupts: their common code is decoded once.
        key |= !Code64 && (Seg[Sr.SS].Attributes & 0x4000) != 0 ? ModeStack32 : 0;
        key |= (Cr0 & (Cr.EM | Cr.TS)) == 0 ? ModeFpu : 0;
        key |= (Cr0 & Cr.EM) != 0 ? ModeEm : 0;
        key |= (Cr0 & Cr.TS) == 0 && (Cr0 & Cr.EM) == 0 && (Cr4 & Cr.OSFXSR) != 0 ? ModeSse : 0;
        key |= (Cr0 & Cr.TS) == 0 && (Cr4 & Cr.OSXSAVE) != 0 && (Xcr0 & 6) == 6 ? ModeAvx : 0;
        key |= (Cr0 & Cr.PE) == 0 || (FlagsRest & Rf.VM) != 0 ? ModeReal : 0;
        key |= Cpl == 3 ? ModeUser : 0;
        ModeKey = key;
        _stamp = Stamp;
        SelectSet();
    }
}
