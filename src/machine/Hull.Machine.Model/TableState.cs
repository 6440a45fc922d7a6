namespace Hull.Machine;

/// <summary>GDTR or IDTR.</summary>
public struct TableState
{
    /// <summary>The linear base address.</summary>
    public ulong Base;

    /// <summary>The last valid offset.</summary>
    public ushort Limit;
}
