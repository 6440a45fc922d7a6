namespace Hull.Machine.State;

/// <summary>A part of a machine whose state goes into a snapshot.</summary>
/// <remarks>Called while every processor stands still and no host side reaches the part.</remarks>
public interface ISavable
{
    /// <summary>Writes everything that the guest could notice.</summary>
    void Save(StateWriter writer);

    /// <summary>Takes over what <see cref="Save"/> wrote, into a part that has just been made.</summary>
    /// <exception cref="HullException">A value cannot be: the bytes come from elsewhere.</exception>
    void Load(StateReader reader);
}
