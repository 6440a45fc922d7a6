namespace Hull.Machine;

/// <summary>One 80-bit register of the x87 stack; its significand is the MMX register.</summary>
public struct FloatingPointRegister
{
    /// <summary>The 64-bit significand with its explicit integer bit.</summary>
    public ulong Significand;

    /// <summary>Sign (bit 15) and biased exponent.</summary>
    public ushort SignExponent;
}
