using System.Numerics;
using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>Products and quotients of 128 bits. The framework's are calls, or loops over 32-bit digits, where BMI2 may not be assumed.</summary>
internal static class WideMath
{
    /// <summary>The full product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Multiply(ulong a, ulong b, out ulong low)
    {
        ulong first = (ulong)(uint)a * (uint)b;
        ulong second = ((a >> 32) * (uint)b) + (first >> 32);
        ulong third = ((uint)a * (b >> 32)) + (uint)second;
        low = a * b;
        return ((a >> 32) * (b >> 32)) + (second >> 32) + (third >> 32);
    }

    /// <summary>The upper half of a signed product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long Multiply(long a, long b, out long low)
    {
        ulong high = Multiply((ulong)a, (ulong)b, out ulong unsigned);
        low = (long)unsigned;
        return (long)high - ((a >> 63) & b) - ((b >> 63) & a);
    }

    /// <summary>Divides 128 bits by a divisor that is greater than the upper half, so that the quotient has 64.</summary>
    /// <remarks>Source: Knuth, The Art of Computer Programming vol. 2, 4.3.1, algorithm D with digits of 32 bits.</remarks>
    internal static ulong Divide(ulong high, ulong low, ulong divisor, out ulong rest)
    {
        int shift = BitOperations.LeadingZeroCount(divisor);
        if (shift != 0)
        {
            divisor <<= shift;
            high = (high << shift) | (low >> (64 - shift));
            low <<= shift;
        }

        ulong upper = divisor >> 32;
        ulong lower = (uint)divisor;
        ulong first = Digit(high, low >> 32, divisor, upper, lower, out ulong middle);
        ulong second = Digit(middle, (uint)low, divisor, upper, lower, out rest);
        rest >>= shift;
        return (first << 32) | second;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Digit(ulong high, ulong next, ulong divisor, ulong upper, ulong lower, out ulong rest)
    {
        ulong digit = high / upper;
        ulong left = high - (digit * upper);
        while (digit >> 32 != 0 || digit * lower > ((left << 32) | next))
        {
            digit--;
            left += upper;
            if (left >> 32 != 0)
            {
                break;
            }
        }

        rest = (high << 32) + next - (digit * divisor);
        return digit;
    }
}
