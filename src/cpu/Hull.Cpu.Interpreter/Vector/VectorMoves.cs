using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

// Source of all operations here: Intel SDM vol. 2, the page of the mnemonic.

internal readonly struct MoveLow32 : IVec
{
    public static V Apply(V a, V b, int i) => a.AsUInt32().WithElement(0, b.AsUInt32()[0]).AsByte();
}

internal readonly struct MoveLow64 : IVec
{
    public static V Apply(V a, V b, int i) => a.AsUInt64().WithElement(0, b.AsUInt64()[0]).AsByte();
}

internal readonly struct MoveHighLow : IVec
{
    public static V Apply(V a, V b, int i) => a.AsUInt64().WithElement(0, b.AsUInt64()[1]).AsByte();
}

internal readonly struct MoveLowHigh : IVec
{
    public static V Apply(V a, V b, int i) => a.AsUInt64().WithElement(1, b.AsUInt64()[0]).AsByte();
}

internal readonly struct ZeroHigh : IVec
{
    public static V Apply(V a, V b, int i) => Vector128.CreateScalar(b.AsUInt64()[0]).AsByte();
}

internal readonly struct ShiftRight16 : IVec
{
    public static V Apply(V a, V b, int i) => i >= 16 ? default : Vector128.ShiftRightLogical(b.AsUInt16(), i).AsByte();
}

internal readonly struct ShiftLeft16 : IVec
{
    public static V Apply(V a, V b, int i) => i >= 16 ? default : Vector128.ShiftLeft(b.AsUInt16(), i).AsByte();
}

internal readonly struct ShiftRight32 : IVec
{
    public static V Apply(V a, V b, int i) => i >= 32 ? default : Vector128.ShiftRightLogical(b.AsUInt32(), i).AsByte();
}

internal readonly struct ShiftLeft32 : IVec
{
    public static V Apply(V a, V b, int i) => i >= 32 ? default : Vector128.ShiftLeft(b.AsUInt32(), i).AsByte();
}

internal readonly struct ShiftRight64 : IVec
{
    public static V Apply(V a, V b, int i) => i >= 64 ? default : Vector128.ShiftRightLogical(b.AsUInt64(), i).AsByte();
}

internal readonly struct ShiftLeft64 : IVec
{
    public static V Apply(V a, V b, int i) => i >= 64 ? default : Vector128.ShiftLeft(b.AsUInt64(), i).AsByte();
}

internal readonly struct ShiftSigned16 : IVec
{
    public static V Apply(V a, V b, int i) => Vector128.ShiftRightArithmetic(b.AsInt16(), Math.Min(i, 15)).AsByte();
}

internal readonly struct ShiftSigned32 : IVec
{
    public static V Apply(V a, V b, int i) => Vector128.ShiftRightArithmetic(b.AsInt32(), Math.Min(i, 31)).AsByte();
}

internal readonly struct ShiftRightBytes : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Align(default, b, i);
}

internal readonly struct ShiftLeftBytes : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Align(b, default, 16 - Math.Min(i, 16));
}
