using Hull.Machine.State;

namespace Hull.Machine.Devices.Legacy;

// Into a snapshot and out of it.
public sealed partial class RealTimeClock : ISavable
{
    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_gate)
        {
            writer.Bytes(_cmos);
            writer.U8(_index);
            writer.I64(_shiftNs);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            reader.Bytes(_cmos);
            _index = (byte)(reader.U8() & (CmosBytes - 1));
            const long MostNs = 250L * 366 * 86_400 * NanosecondsPerSecond;
            long shift = reader.I64();
            _shiftNs = shift is > -MostNs and < MostNs && _clock.WallNow + (Int128)shift >= 0 ? shift : throw reader.Damaged();

            // Its periods count from now: the wall went on meanwhile, whatever the machine's clock did.
            Schedule();
        }
    }
}
