using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

// Source of all operations here: Intel SDM vol. 2, the page of the mnemonic.

internal readonly struct Pmaddubsw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.MultiplyAddAdjacent(a, b.AsSByte()).AsByte();
}

internal readonly struct Pmaddwd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.MultiplyAddAdjacent(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Pmaxsb : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Max(a.AsSByte(), b.AsSByte()).AsByte();
}

internal readonly struct Pmaxsd : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Max(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Pmaxsw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Max(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Pmaxub : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Max(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Pmaxud : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Max(a.AsUInt32(), b.AsUInt32()).AsByte();
}

internal readonly struct Pmaxuw : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Max(a.AsUInt16(), b.AsUInt16()).AsByte();
}

internal readonly struct Pminsb : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Min(a.AsSByte(), b.AsSByte()).AsByte();
}

internal readonly struct Pminsd : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Min(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Pminsw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Min(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Pminub : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Min(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Pminud : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Min(a.AsUInt32(), b.AsUInt32()).AsByte();
}

internal readonly struct Pminuw : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Min(a.AsUInt16(), b.AsUInt16()).AsByte();
}

internal readonly struct PmovSxbd : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int32(b.AsSByte()).AsByte();
}

internal readonly struct PmovSxbq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int64(b.AsSByte()).AsByte();
}

internal readonly struct PmovSxbw : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int16(b.AsSByte()).AsByte();
}

internal readonly struct PmovSxdq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int64(b.AsInt32()).AsByte();
}

internal readonly struct PmovSxwd : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int32(b.AsInt16()).AsByte();
}

internal readonly struct PmovSxwq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int64(b.AsInt16()).AsByte();
}

internal readonly struct PmovZxbd : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int32(b.AsByte()).AsByte();
}

internal readonly struct PmovZxbq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int64(b.AsByte()).AsByte();
}

internal readonly struct PmovZxbw : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int16(b.AsByte()).AsByte();
}

internal readonly struct PmovZxdq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int64(b.AsUInt32()).AsByte();
}

internal readonly struct PmovZxwd : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int32(b.AsUInt16()).AsByte();
}

internal readonly struct PmovZxwq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.ConvertToVector128Int64(b.AsUInt16()).AsByte();
}

internal readonly struct Pmuldq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.Multiply(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Pmulhrsw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.MultiplyHighRoundScale(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Pmulhuw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.MultiplyHigh(a.AsUInt16(), b.AsUInt16()).AsByte();
}

internal readonly struct Pmulhw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.MultiplyHigh(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Pmulld : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.MultiplyLow(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Pmullw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.MultiplyLow(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Pmuludq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Multiply(a.AsUInt32(), b.AsUInt32()).AsByte();
}

internal readonly struct Psadbw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.SumAbsoluteDifferences(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct PshufD : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Words32(b, i);
}

internal readonly struct PshufHw : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.High16(b, i);
}

internal readonly struct PshufLw : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Low16(b, i);
}

internal readonly struct Pshufb : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.Shuffle(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Psignb : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.Sign(a.AsSByte(), b.AsSByte()).AsByte();
}

internal readonly struct Psignd : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.Sign(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Psignw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.Sign(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Pslld : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftLeftLogical(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Psllq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftLeftLogical(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct Psllw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftLeftLogical(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Psrad : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftRightArithmetic(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Psraw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftRightArithmetic(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Psrld : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftRightLogical(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Psrlq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftRightLogical(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct Psrlw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ShiftRightLogical(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Psubb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Subtract(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Psubd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Subtract(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Psubq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Subtract(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct Psubsb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.SubtractSaturate(a.AsSByte(), b.AsSByte()).AsByte();
}

internal readonly struct Psubsw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.SubtractSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Psubusb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.SubtractSaturate(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Psubusw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.SubtractSaturate(a.AsUInt16(), b.AsUInt16()).AsByte();
}

internal readonly struct Psubw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Subtract(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct PunpckHbw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackHigh(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct PunpckHdq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackHigh(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct PunpckHqdq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackHigh(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct PunpckHwd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackHigh(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct PunpckLbw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackLow(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct PunpckLdq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackLow(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct PunpckLqdq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackLow(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct PunpckLwd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackLow(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct RcpPs : IVec
{
    public static V Apply(V a, V b, int i) => Sse.Reciprocal(b.AsSingle()).AsByte();
}

internal readonly struct RcpSs : IVec
{
    public static V Apply(V a, V b, int i) => Sse.ReciprocalScalar(a.AsSingle(), b.AsSingle()).AsByte();
}

internal readonly struct RsqrtPs : IVec
{
    public static V Apply(V a, V b, int i) => Sse.ReciprocalSqrt(b.AsSingle()).AsByte();
}

internal readonly struct RsqrtSs : IVec
{
    public static V Apply(V a, V b, int i) => Sse.ReciprocalSqrtScalar(a.AsSingle(), b.AsSingle()).AsByte();
}

internal readonly struct Sha1Msg1 : IVec
{
    public static V Apply(V a, V b, int i) => Sha.Sha1Msg1(a, b);
}

internal readonly struct Sha1Msg2 : IVec
{
    public static V Apply(V a, V b, int i) => Sha.Sha1Msg2(a, b);
}

internal readonly struct Sha1NextE : IVec
{
    public static V Apply(V a, V b, int i) => Sha.Sha1NextE(a, b);
}

internal readonly struct Sha1Rnds4 : IVec
{
    public static V Apply(V a, V b, int i) => Sha.Sha1Rounds4(a, b, i);
}

internal readonly struct Sha256Msg1 : IVec
{
    public static V Apply(V a, V b, int i) => Sha.Sha256Msg1(a, b);
}

internal readonly struct Sha256Msg2 : IVec
{
    public static V Apply(V a, V b, int i) => Sha.Sha256Msg2(a, b);
}

internal readonly struct ShufPd : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Pairs64(a, b, i);
}

internal readonly struct ShufPs : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Pairs32(a, b, i);
}

internal readonly struct UnpckHpd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackHigh(a.AsDouble(), b.AsDouble()).AsByte();
}

internal readonly struct UnpckHps : IVec
{
    public static V Apply(V a, V b, int i) => Sse.UnpackHigh(a.AsSingle(), b.AsSingle()).AsByte();
}

internal readonly struct UnpckLpd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.UnpackLow(a.AsDouble(), b.AsDouble()).AsByte();
}

internal readonly struct UnpckLps : IVec
{
    public static V Apply(V a, V b, int i) => Sse.UnpackLow(a.AsSingle(), b.AsSingle()).AsByte();
}

internal readonly struct Whole : IVec
{
    public static V Apply(V a, V b, int i) => b;
}
