using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>The x87 unit's registers. Source: Intel SDM vol. 1, chapter 8.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    internal readonly FloatingPointRegister[] Fp = new FloatingPointRegister[8];
    internal ushort FpuControl = 0x37F;
    internal ushort FpuStatus;

    /// <summary>One bit a physical register: set = not empty.</summary>
    internal byte FpuTags;
    internal ushort FpuOpcode;
    internal ulong FpuInstruction, FpuData;

    internal const uint FpuStackFault = 0x40;
    private const int ConditionOne = 0x200;

    internal int FpuTop => (FpuStatus >> 11) & 7;

    /// <summary>How numbers are rounded now: the precision is the control word's, the exponent always the full one.</summary>
    internal FloatFormat FpuFormat => (FpuControl >> 8 & 3) switch
    {
        0 => new FloatFormat(24, -16382, 16383),
        2 => new FloatFormat(53, -16382, 16383),
        _ => FloatFormat.Extended,
    };

    internal FloatContext FpuContext => new() { Rounding = FpuControl >> 10 & 3, Masks = FpuControl & 0x3Fu, IsX87 = true };

    internal ref FloatingPointRegister St(int number) => ref Fp[(FpuTop + number) & 7];

    internal bool IsEmpty(int number) => (FpuTags >> ((FpuTop + number) & 7) & 1) == 0;

    internal void SetTop(int top) => FpuStatus = (ushort)((FpuStatus & ~0x3800) | ((top & 7) << 11));

    internal void SetSt(int number, in FloatingPointRegister value)
    {
        St(number) = value;
        FpuTags |= (byte)(1 << ((FpuTop + number) & 7));
    }

    internal void FreeSt(int number) => FpuTags &= (byte)~(1 << ((FpuTop + number) & 7));

    internal void PopFpu()
    {
        FreeSt(0);
        SetTop(FpuTop + 1);
    }

    internal void PushFpu(in FloatingPointRegister value)
    {
        SetTop(FpuTop - 1);
        SetSt(0, value);
    }

    /// <summary>Adds exceptions to the status word; C1 becomes what is said.</summary>
    internal void RaiseFpu(uint flags, bool conditionOne = false)
    {
        FpuStatus = (ushort)((FpuStatus & ~ConditionOne) | (int)flags | (conditionOne ? ConditionOne : 0));
        if ((flags & 0x3F & ~(uint)FpuControl) != 0)
        {
            FpuStatus |= 0x8080;
        }
    }

    internal void InitializeFpu()
    {
        FpuControl = 0x37F;
        FpuStatus = 0;
        FpuTags = 0;
        FpuOpcode = 0;
        FpuInstruction = 0;
        FpuData = 0;
    }

    /// <summary>Sets ES and B from the unmasked exceptions.</summary>
    internal void UpdateFpuSummary()
    {
        bool pending = (FpuStatus & ~FpuControl & 0x3F) != 0;
        FpuStatus = (ushort)(pending ? FpuStatus | 0x8080 : FpuStatus & 0x7F7F);
    }
}
