using System.Numerics;
using System.Runtime.CompilerServices;

namespace Hull.Machine.Devices.Interrupts;

/// <summary>256 bits, one per vector: the IRR, ISR and TMR of a local APIC.</summary>
internal struct VectorSet
{
    private const int WordBits = 32;
    private const int WordCount = 8;

    private Words _words;

    /// <summary>The highest vector in the set, or -1.</summary>
    internal readonly int Highest
    {
        get
        {
            for (int i = WordCount - 1; i >= 0; i--)
            {
                if (_words[i] != 0)
                {
                    return (i * WordBits) + BitOperations.Log2(_words[i]);
                }
            }

            return -1;
        }
    }

    internal readonly uint this[int word] => _words[word];

    internal void SetWord(int word, uint value) => _words[word] = value;

    internal readonly bool Contains(int vector) => ((_words[vector / WordBits] >> (vector % WordBits)) & 1) != 0;

    internal void Add(int vector) => _words[vector / WordBits] |= 1u << (vector % WordBits);

    internal void Remove(int vector) => _words[vector / WordBits] &= ~(1u << (vector % WordBits));

    [InlineArray(WordCount)]
    private struct Words
    {
        private uint _first;
    }
}
