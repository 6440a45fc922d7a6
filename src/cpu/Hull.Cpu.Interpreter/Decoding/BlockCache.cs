using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hull.Linux;

namespace Hull.Cpu.Interpreter;

/// <summary>Straight-line code decoded once; found by physical address and mode.</summary>
// SAFETY: allocated in the cache's arena with Ops pointing into the same arena; never freed alone.
internal unsafe struct Block
{
    public ulong Key;
    public ulong Physical;
    public ulong SecondPage; // physical page of an instruction that crosses, or 0
    public Op* Ops;
    public Block* NextInPage;
    public int Count;
    public ushort First;     // bytes of the page that this header stands for
    public ushort Last;
}

/// <summary>The decoded code of one processor: an arena of operations and the ways to find them.</summary>
/// <remarks>
/// A block that becomes stale has the handler of all its operations replaced, so links into it need not be found. Memory comes
/// back only when the whole arena is emptied, which the dispatcher does between blocks.
/// </remarks>
// SAFETY: all pointers lie in _arena, which Take bounds and only Dispose frees.
internal sealed unsafe class BlockCache : IDisposable
{
    // A kernel's boot decodes 20 MiB. With 4, 8, 16 or 96 MiB its processor time is the same within 3 %, so memory decides.
    private const int ArenaBytes = 4 << 20;
    private const int FrontSize = 1 << 14;

    // What a guest that rests decodes again and again stays.
    private const int KeptAtRest = 1 << 20;

    private readonly Dictionary<ulong, nint> _byKey = [];
    private readonly Dictionary<ulong, Page> _byPage = [];
    private readonly nint[] _front = new nint[FrontSize];
    private readonly PrivateMemory _memory = new(ArenaBytes);
    private byte* _arena;
    private int _used;

    // After so many writes beside its code a page is taken for data: its code goes, and writes are fast again.
    private const int QuietWrites = 64;

    private struct Page
    {
        public Block* Head;
        public int Quiet;
    }

    internal BlockCache() => _arena = (byte*)_memory.Base;

    /// <summary>Whether the next block might not fit: empty the cache first.</summary>
    internal bool IsFull => _used > ArenaBytes - (256 * 1024);

    /// <summary>Counts how often the cache was emptied: pointers from before are void.</summary>
    internal int Generation { get; private set; }

    internal Block* Find(ulong key)
    {
        nuint slot = Slot(key);
        var block = (Block*)_front[slot];
        if (block != null && block->Key == key)
        {
            return block;
        }

        if (!_byKey.TryGetValue(key, out nint found))
        {
            return null;
        }

        _front[slot] = found;
        return (Block*)found;
    }

    private static nuint Slot(ulong key) => (nuint)((key ^ (key >> 15) ^ (key >> 52)) & (FrontSize - 1));

    /// <summary>Copies decoded operations into the arena and files them.</summary>
    internal Block* Add(ulong key, ulong physical, ulong secondPage, ReadOnlySpan<Op> ops)
    {
        var block = (Block*)Take(sizeof(Block));
        block->Ops = (Op*)Take(ops.Length * sizeof(Op));
        ops.CopyTo(new Span<Op>(block->Ops, ops.Length));
        block->Key = key;
        block->Physical = physical;
        block->SecondPage = secondPage;
        block->Count = ops.Length;
        int end = (int)(physical & 0xFFF) + ops[^1].Next - 1;
        block->First = (ushort)(physical & 0xFFF);
        block->Last = (ushort)Math.Min(end, 0xFFF);
        File(block, physical >> 12);
        _byKey[key] = (nint)block;
        _front[Slot(key)] = (nint)block;
        if (secondPage != 0)
        {
            // A second header in the other page's list; it shares the operations.
            var twin = (Block*)Take(sizeof(Block));
            *twin = *block;
            twin->First = 0;
            twin->Last = (ushort)(end & 0xFFF);
            File(twin, secondPage >> 12);
        }

        return block;
    }

    private void File(Block* block, ulong number)
    {
        ref Page page = ref CollectionsMarshal.GetValueRefOrAddDefault(_byPage, number, out _);
        block->NextInPage = page.Head;
        page.Head = block;
        page.Quiet = 0;
    }

    /// <summary>Drops everything decoded from one physical page.</summary>
    internal void DropPage(ulong physical)
    {
        if (!_byPage.Remove(physical >> 12, out Page page))
        {
            return;
        }

        for (Block* block = page.Head; block != null; block = block->NextInPage)
        {
            Drop(block);
        }
    }

    /// <summary>Drops what was decoded from bytes that were written, all in one page.</summary>
    /// <returns>Whether the page is taken for data now: nothing decoded from it is left, and it was written often since.</returns>
    internal bool DropWritten(ulong physical, int size)
    {
        ref Page page = ref CollectionsMarshal.GetValueRefOrNullRef(_byPage, physical >> 12);
        if (Unsafe.IsNullRef(ref page))
        {
            return true;
        }

        if (++page.Quiet > QuietWrites)
        {
            DropPage(physical);
            return true;
        }

        int first = (int)(physical & 0xFFF);
        Block* kept = null;
        for (Block* block = page.Head; block != null; block = block->NextInPage)
        {
            if (block->First >= first + size || block->Last < first)
            {
                kept = block;
                continue;
            }

            Drop(block);
            if (kept == null)
            {
                page.Head = block->NextInPage;
            }
            else
            {
                kept->NextInPage = block->NextInPage;
            }
        }

        return false;
    }

    private void Drop(Block* block)
    {
        for (int i = 0; i < block->Count; i++)
        {
            block->Ops[i].Run = &Flow.Stale;
        }

        if (_byKey.TryGetValue(block->Key, out nint filed) && ((Block*)filed)->Ops == block->Ops)
        {
            _byKey.Remove(block->Key);
            _front[Slot(block->Key)] = 0;
        }
    }

    /// <summary>Drops everything. Only between blocks.</summary>
    internal void Clear()
    {
        _byKey.Clear();
        _byPage.Clear();
        Array.Clear(_front);
        _used = 0;
        Generation++;
    }

    /// <summary>Drops everything and gives the memory back, if it is much. Only while the processor does not run.</summary>
    /// <returns>Whether it did.</returns>
    internal bool TryRest()
    {
        if (_used <= KeptAtRest)
        {
            return false;
        }

        Clear();
        _byKey.TrimExcess();
        _byPage.TrimExcess();
        _memory.GiveBack();
        return true;
    }

    private byte* Take(int bytes)
    {
        byte* at = _arena + _used;
        _used += (bytes + 15) & ~15;
        return at;
    }

    public void Dispose()
    {
        _memory.Dispose();
        _arena = null;
    }
}
