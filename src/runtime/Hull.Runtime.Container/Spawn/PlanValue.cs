namespace Hull.Runtime.Container.Spawn;

/// <summary>One argument of a step: a number, an address in the image, or what a cell holds when the step runs.</summary>
/// <param name="Bits">The number, the address, or the cell's address.</param>
/// <param name="IsLoad">Whether the eight bytes at the address are meant.</param>
public readonly record struct PlanValue(ulong Bits, bool IsLoad)
{
    /// <summary>A number.</summary>
    public static implicit operator PlanValue(int value) => new((ulong)(long)value, false);

    /// <summary>A number.</summary>
    public static implicit operator PlanValue(uint value) => new(value, false);

    /// <summary>A number.</summary>
    public static implicit operator PlanValue(long value) => new((ulong)value, false);

    /// <summary>A number.</summary>
    public static implicit operator PlanValue(ulong value) => new(value, false);

    /// <summary>What the cell holds.</summary>
    public static implicit operator PlanValue(PlanCell cell) => new(cell.Address, true);
}
