using System.Runtime.CompilerServices;

namespace Hull.Machine;

/// <summary>The eight x87 registers by physical number (R0 to R7), not by stack position.</summary>
[InlineArray(8)]
public struct FloatingPointRegisters
{
    private FloatingPointRegister _first;
}
