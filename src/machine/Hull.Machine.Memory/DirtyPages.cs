using System.Numerics;

namespace Hull.Machine.Memory;

/// <summary>Which pages were written since somebody last looked.</summary>
/// <remarks>One bit a page, 64 to a word; atomic, so that writers never wait. Thread-safe.</remarks>
public sealed class DirtyPages
{
    private const int WordBits = 64;

    private readonly ulong[] _words;

    internal DirtyPages(ulong pages) => _words = new ulong[(pages + WordBits - 1) / WordBits];

    /// <summary>How many words of 64 pages there are.</summary>
    public int WordCount => _words.Length;

    /// <summary>How many pages are dirty.</summary>
    public long Count
    {
        get
        {
            long count = 0;
            foreach (ulong word in _words)
            {
                count += BitOperations.PopCount(word);
            }

            return count;
        }
    }

    /// <summary>Whether a page is dirty.</summary>
    public bool IsDirty(ulong page) =>
        page / WordBits < (ulong)_words.Length && (Volatile.Read(ref _words[page / WordBits]) >> (int)(page % WordBits) & 1) != 0;

    /// <summary>Takes the marks of 64 pages and clears them.</summary>
    /// <param name="word">Which word: pages from 64 times this number.</param>
    /// <returns>Bit n is set when page 64 * word + n was written.</returns>
    public ulong Take(int word) => Interlocked.Exchange(ref _words[word], 0);

    internal void Mark(ulong page)
    {
        ref ulong word = ref _words[page / WordBits];
        ulong bit = 1ul << (int)(page % WordBits);

        // The plain look first: a page that is written all the time must not bounce the cache line.
        if ((Volatile.Read(ref word) & bit) == 0)
        {
            Interlocked.Or(ref word, bit);
        }
    }

    internal void MarkAll(GuestAddress start, ulong length)
    {
        for (ulong page = start.PageNumber; page <= (start + (length - 1)).PageNumber; page++)
        {
            Mark(page);
        }
    }
}
