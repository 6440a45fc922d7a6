using Hull.Machine.State;

namespace Hull.Machine.Devices.Serial;

// Into a snapshot and out of it.
public sealed partial class Serial16550 : ISavable
{
    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_gate)
        {
            writer.Bytes(_fifo);
            writer.U32((uint)_fifoStart);
            writer.U32((uint)_fifoCount);
            writer.Bytes([_interruptEnable, _fifoControl, _lineControl, _modemControl]);
            writer.Bytes([_lineErrors, _modemDelta, _modemStatus, _scratch]);
            writer.U16(_divisor);
            writer.Flag(_transmitterEmptyPending);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            reader.Bytes(_fifo);
            _fifoStart = reader.Count(FifoBytes - 1);
            _fifoCount = reader.Count(FifoBytes);
            (_interruptEnable, _fifoControl, _lineControl, _modemControl) = (reader.U8(), reader.U8(), reader.U8(), reader.U8());
            (_lineErrors, _modemDelta, _modemStatus, _scratch) = (reader.U8(), reader.U8(), reader.U8(), reader.U8());
            _divisor = reader.U16();
            _transmitterEmptyPending = reader.Flag();
            if (_fifoCount > Capacity)
            {
                throw reader.Damaged();
            }
        }
    }
}
