using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Words to be pushed on a legacy stack at once, so that a fault leaves nothing half done.</summary>
// SAFETY: at most 40 words are added by any caller (a call gate's 31 parameters and four more).
internal unsafe ref struct StackFrame(Cpu cpu, bool wide)
{
    private fixed uint _words[40];
    private int _count;
    private SegmentState _stack;
    private ulong _sp;
    private bool _isNew;

    /// <summary>Says which stack; a violation of a new one names its selector.</summary>
    internal void Use(in SegmentState stack, ulong sp, bool isNew)
    {
        _stack = stack;
        _sp = sp;
        _isNew = isNew;
    }

    internal void Add(ulong value) => _words[_count++] = (uint)value;

    /// <summary>Whether so many words have room; raises the fault when not.</summary>
    internal readonly bool Fits(int count, out ulong bottom)
    {
        int bytes = count * (wide ? 4 : 2);
        bool big = (_stack.Attributes & Cpu.AttrBig) != 0;
        bottom = (big ? (uint)_sp : (ushort)_sp) - (ulong)bytes;
        bottom = big ? (uint)bottom : (ushort)bottom;
        bool down = (_stack.Attributes & 0xC) == 4;
        bool fits = down ? bottom > _stack.Limit : bottom + (ulong)bytes - 1 <= _stack.Limit;
        return fits || cpu.Raise(null, Vec.SS, _isNew ? _stack.Selector & 0xFFFCu : 0);
    }

    internal bool Push(int set)
    {
        if (!Fits(_count, out ulong bottom))
        {
            return false;
        }

        int size = wide ? 4 : 2;
        byte* buffer = stackalloc byte[_count * 4];
        for (int i = 0; i < _count; i++)
        {
            int at = (_count - 1 - i) * size;
            if (wide)
            {
                *(uint*)(buffer + at) = _words[i];
            }
            else
            {
                *(ushort*)(buffer + at) = (ushort)_words[i];
            }
        }

        _sp = bottom;
        return cpu.WriteWith(set, (uint)(_stack.Base + bottom), buffer, _count * size);
    }

    /// <summary>Sets SP to the pushed frame; SS has been set.</summary>
    internal readonly void Commit()
    {
        if ((_stack.Attributes & Cpu.AttrBig) != 0)
        {
            cpu.Set<uint>(Rg.SP, _sp);
        }
        else
        {
            cpu.Set<ushort>(Rg.SP, _sp);
        }
    }
}
