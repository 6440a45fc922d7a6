namespace Hull.Runtime.Container.Seccomp;

/// <summary>Where a jump goes: an instruction already written, or a return that can be written wherever it is needed.</summary>
internal readonly struct BpfTarget
{
    private BpfTarget(bool isReturn, uint action, int position)
    {
        IsReturn = isReturn;
        Action = action;
        Position = position;
    }

    /// <summary>Whether this is a return.</summary>
    internal bool IsReturn { get; }

    /// <summary>What it returns.</summary>
    internal uint Action { get; }

    /// <summary>The instruction's place, counted from the end of the program.</summary>
    internal int Position { get; }

    internal static BpfTarget Return(uint action) => new(true, action, -1);

    internal static BpfTarget Instruction(int position) => new(false, 0, position);
}
