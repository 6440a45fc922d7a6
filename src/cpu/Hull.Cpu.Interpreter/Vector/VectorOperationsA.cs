using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

// Source of all operations here: Intel SDM vol. 2, the page of the mnemonic.

internal readonly struct AesDec : IVec
{
    public static V Apply(V a, V b, int i) => Aes.Decrypt(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct AesDecLast : IVec
{
    public static V Apply(V a, V b, int i) => Aes.DecryptLast(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct AesEnc : IVec
{
    public static V Apply(V a, V b, int i) => Aes.Encrypt(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct AesEncLast : IVec
{
    public static V Apply(V a, V b, int i) => Aes.EncryptLast(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct AesImc : IVec
{
    public static V Apply(V a, V b, int i) => Aes.InverseMixColumns(b);
}

internal readonly struct AesKeygen : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.KeygenAssist(b, i);
}

internal readonly struct BlendPd : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Blend64(a, b, i);
}

internal readonly struct BlendPs : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Blend32(a, b, i);
}

internal readonly struct CvtDqPd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.ConvertToVector128Double(b.AsInt32()).AsByte();
}

internal readonly struct InsertPs : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.InsertSingle(a, b, i);
}

internal readonly struct MovDdup : IVec
{
    public static V Apply(V a, V b, int i) => Sse3.MoveAndDuplicate(b.AsDouble()).AsByte();
}

internal readonly struct MovShDup : IVec
{
    public static V Apply(V a, V b, int i) => Sse3.MoveHighAndDuplicate(b.AsSingle()).AsByte();
}

internal readonly struct MovSlDup : IVec
{
    public static V Apply(V a, V b, int i) => Sse3.MoveLowAndDuplicate(b.AsSingle()).AsByte();
}

internal readonly struct Mpsadbw : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Mpsad(a, b, i);
}

internal readonly struct PAnd : IVec
{
    public static V Apply(V a, V b, int i) => a & b;
}

internal readonly struct PAndNot : IVec
{
    public static V Apply(V a, V b, int i) => ~a & b;
}

internal readonly struct POr : IVec
{
    public static V Apply(V a, V b, int i) => a | b;
}

internal readonly struct PXor : IVec
{
    public static V Apply(V a, V b, int i) => a ^ b;
}

internal readonly struct Pabsb : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.Abs(b.AsSByte()).AsByte();
}

internal readonly struct Pabsd : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.Abs(b.AsInt32()).AsByte();
}

internal readonly struct Pabsw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.Abs(b.AsInt16()).AsByte();
}

internal readonly struct PackSsdw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.PackSignedSaturate(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct PackSswb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.PackSignedSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct PackUsdw : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.PackUnsignedSaturate(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct PackUswb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.PackUnsignedSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Paddb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Add(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Paddd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Add(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Paddq : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Add(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct Paddsb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.AddSaturate(a.AsSByte(), b.AsSByte()).AsByte();
}

internal readonly struct Paddsw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.AddSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Paddusb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.AddSaturate(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Paddusw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.AddSaturate(a.AsUInt16(), b.AsUInt16()).AsByte();
}

internal readonly struct Paddw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Add(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Palignr : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Align(a, b, i);
}

internal readonly struct Pavgb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Average(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct Pavgw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.Average(a.AsUInt16(), b.AsUInt16()).AsByte();
}

internal readonly struct PblendW : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Blend16(a, b, i);
}

internal readonly struct Pclmul : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.CarryLess(a, b, i);
}

internal readonly struct PcmpEqb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.CompareEqual(a.AsByte(), b.AsByte()).AsByte();
}

internal readonly struct PcmpEqd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.CompareEqual(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct PcmpEqq : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.CompareEqual(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct PcmpEqw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.CompareEqual(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct PcmpGtb : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.CompareGreaterThan(a.AsSByte(), b.AsSByte()).AsByte();
}

internal readonly struct PcmpGtd : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.CompareGreaterThan(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct PcmpGtq : IVec
{
    public static V Apply(V a, V b, int i) => Sse42.CompareGreaterThan(a.AsInt64(), b.AsInt64()).AsByte();
}

internal readonly struct PcmpGtw : IVec
{
    public static V Apply(V a, V b, int i) => Sse2.CompareGreaterThan(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Phaddd : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.HorizontalAdd(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Phaddsw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.HorizontalAddSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Phaddw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.HorizontalAdd(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Phminposuw : IVec
{
    public static V Apply(V a, V b, int i) => Sse41.MinHorizontal(b.AsUInt16()).AsByte();
}

internal readonly struct Phsubd : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.HorizontalSubtract(a.AsInt32(), b.AsInt32()).AsByte();
}

internal readonly struct Phsubsw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.HorizontalSubtractSaturate(a.AsInt16(), b.AsInt16()).AsByte();
}

internal readonly struct Phsubw : IVec
{
    public static V Apply(V a, V b, int i) => Ssse3.HorizontalSubtract(a.AsInt16(), b.AsInt16()).AsByte();
}
