using Hull.Machine.State;

namespace Hull.Machine.Devices.Interrupts;

// Into a snapshot and out of it.
public sealed partial class IoApic : ISavable
{
    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_gate)
        {
            foreach (ulong entry in _entries)
            {
                writer.U64(entry);
            }

            writer.U32(_levels);
            writer.U32(_id);
            writer.U8(_selected);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            for (int i = 0; i < Inputs; i++)
            {
                _entries[i] = reader.U64() & (Writable | ReadOnlyBits);
            }

            _levels = reader.U32() & ((1u << Inputs) - 1);
            _id = reader.U32();
            _selected = reader.U8();
        }
    }
}
