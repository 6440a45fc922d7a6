namespace Hull.Machine;

/// <summary>Rings devices for a guest's writes without stopping the processor that writes.</summary>
/// <remarks>For processors that leave the guest to tell anybody: there a device that works meanwhile is worth the other thread.</remarks>
public interface IDoorbells
{
    /// <summary>Calls back, on a thread of its own, after processors wrote exactly this; once or several times for several writes.</summary>
    /// <param name="address">Where they write; nothing that is RAM.</param>
    /// <param name="bytes">How many bytes: 1, 2, 4 or 8.</param>
    /// <param name="value">What they write.</param>
    /// <param name="rung">Told; takes the place of an earlier one for the same write.</param>
    /// <returns>False when that cannot be had: such writes reach the board as all others do.</returns>
    bool TryAdd(GuestAddress address, int bytes, ulong value, Action rung);
}
