using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>One step as the machine code reads it; 96 bytes.</summary>
/// <remarks>
/// Targets are addresses of steps, or 0. An argument whose bit in <see cref="LoadMask"/> is set is the address of the
/// eight bytes to use instead. The layout is shared with <c>SpawnCode</c>.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public struct SpawnStep
{
    /// <summary>What to do.</summary>
    public SpawnOperation Operation;

    /// <summary>The system call's number.</summary>
    public uint Number;

    /// <summary>Which arguments are loaded from memory: bit 0 for the first.</summary>
    public uint LoadMask;

    /// <summary>Where a system call's result is stored (eight bytes); 0 for nowhere.</summary>
    public uint Result;

    /// <summary>First argument.</summary>
    public ulong Argument0;

    /// <summary>Second argument.</summary>
    public ulong Argument1;

    /// <summary>Third argument.</summary>
    public ulong Argument2;

    /// <summary>Fourth argument.</summary>
    public ulong Argument3;

    /// <summary>Fifth argument.</summary>
    public ulong Argument4;

    /// <summary>Sixth argument.</summary>
    public ulong Argument5;

    /// <summary>An error that is expected; 0 for none.</summary>
    public uint Error0;

    /// <summary>Where to go on <see cref="Error0"/>.</summary>
    public uint ErrorTarget0;

    /// <summary>An error that is expected; 0 for none.</summary>
    public uint Error1;

    /// <summary>Where to go on <see cref="Error1"/>.</summary>
    public uint ErrorTarget1;

    /// <summary>An error that is expected; 0 for none.</summary>
    public uint Error2;

    /// <summary>Where to go on <see cref="Error2"/>.</summary>
    public uint ErrorTarget2;

    /// <summary>Where to go on any other error; 0 to report it and end.</summary>
    public uint OtherTarget;

    /// <summary>Where to go on success; 0 for the step behind this one.</summary>
    public uint NextTarget;
}
