using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>The x87 unit's registers. Source: Intel SDM vol. 1, chapter 8.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    internal readonly FloatingPointRegister[] Fp = new FloatingPointRegister[8];
    internal ushort FpuControl = 0x37F;
    internal ushort FpuStatus;
    internal byte FpuTags;
    internal ushort FpuOpcode;
    internal ulong FpuInstruction, FpuData;

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
