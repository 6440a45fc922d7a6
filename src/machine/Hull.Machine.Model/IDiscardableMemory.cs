namespace Hull.Machine;

/// <summary>Guest memory whose pages can be given back to the host.</summary>
public interface IDiscardableMemory : IGuestMemory
{
    /// <summary>Gives whole pages back; they read as zeros from then on and stay usable.</summary>
    /// <returns>False when the range is not whole pages of RAM.</returns>
    bool TryDiscard(GuestAddress address, ulong length);
}
