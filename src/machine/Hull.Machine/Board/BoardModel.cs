namespace Hull.Machine.Board;

/// <summary>What kind of board a machine has: data, no behaviour.</summary>
/// <remarks>Addresses that all boards share are in <see cref="MicrovmLayout"/>. docs/machine/microvm.md and docs/machine/pc.md show the maps.</remarks>
public sealed record BoardModel
{
    private static readonly BoardModel[] s_all =
    [
        new BoardModel
        {
            Name = "microvm",
            HasLegacyChips = false,
            VirtioInterrupts = [5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
        },
        new BoardModel
        {
            Name = "pc",
            HasLegacyChips = true,
            VirtioInterrupts = [5, 6, 7, 10, 11, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23],
        },
    ];

    /// <summary>Nothing that a current kernel does not need; ACPI says that it is hardware-reduced.</summary>
    public static BoardModel Microvm => s_all[0];

    /// <summary>The same with the chips of a PC/AT: two 8259s, an 8254, a keyboard controller, ACPI's fixed hardware.</summary>
    public static BoardModel Pc => s_all[1];

    /// <summary>What the user calls it.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it has the chips that every PC had before ACPI.</summary>
    public required bool HasLegacyChips { get; init; }

    /// <summary>The interrupt of each virtio slot, in order.</summary>
    public required IReadOnlyList<int> VirtioInterrupts { get; init; }

    /// <summary>Its number in a snapshot.</summary>
    internal int Number => Array.IndexOf(s_all, this);

    /// <summary>Finds a board by its name.</summary>
    /// <exception cref="HullException">There is none of that name.</exception>
    public static BoardModel Parse(string name) => s_all.FirstOrDefault(board => board.Name == name)
        ?? throw new HullException(
            ErrorKind.InvalidArgument, $"There is no board '{name}'; there are {string.Join(" and ", s_all.Select(board => board.Name))}.");

    /// <summary>A virtio slot by number.</summary>
    public VirtioSlot SlotOf(int number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, VirtioInterrupts.Count);
        return new VirtioSlot(
            MicrovmLayout.VirtioAddress + ((uint)number * MicrovmLayout.VirtioSlotSize), VirtioInterrupts[number]);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    internal static BoardModel? OfNumber(int number) => (uint)number < (uint)s_all.Length ? s_all[number] : null;
}
