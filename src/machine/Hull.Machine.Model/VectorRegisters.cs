using System.Runtime.CompilerServices;

namespace Hull.Machine;

/// <summary>YMM0 to YMM15 as 64 words: register n is words 4n (low half of XMM) to 4n + 3.</summary>
[InlineArray(64)]
public struct VectorRegisters
{
    private ulong _first;
}
