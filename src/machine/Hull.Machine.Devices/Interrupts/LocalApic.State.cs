using Hull.Machine.State;

namespace Hull.Machine.Devices.Interrupts;

// Into a snapshot and out of it.
public sealed partial class LocalApic : ISavable
{
    /// <summary>Whether the processor took an interrupt and did not end it yet.</summary>
    public bool IsInService(byte vector)
    {
        lock (_gate)
        {
            return _inService.Contains(vector);
        }
    }

    /// <summary>Takes an acknowledged interrupt back: the processor had no time to deliver it.</summary>
    public void TakeBack(byte vector)
    {
        lock (_gate)
        {
            _inService.Remove(vector);
            _requested.Add(vector);
            Refresh();
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_gate)
        {
            writer.U64(_base);
            for (int i = 0; i < VectorWords; i++)
            {
                writer.U32(_requested[i]);
                writer.U32(_inService[i]);
                writer.U32(_levelTriggered[i]);
            }

            ReadOnlySpan<uint> registers =
            [
                _taskPriority, _logicalDestination, _destinationFormat, _spurious, _errorStatus, _pendingErrors,
                _interruptCommandLow, _interruptCommandHigh, _initialCount, _divide,
            ];
            foreach (uint register in registers)
            {
                writer.U32(register);
            }

            foreach (uint vector in _localVectors)
            {
                writer.U32(vector);
            }

            writer.I64(_started);
            writer.U64(_deadline);
            writer.I64(_timer.Deadline);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            _base = (reader.U64() & BaseWritable) | (_isBoot ? BaseBootProcessor : 0);
            for (int i = 0; i < VectorWords; i++)
            {
                // The first sixteen vectors are never requested.
                uint mask = i == 0 ? 0xFFFF_0000 : uint.MaxValue;
                _requested.SetWord(i, reader.U32() & mask);
                _inService.SetWord(i, reader.U32() & mask);
                _levelTriggered.SetWord(i, reader.U32() & mask);
            }

            _taskPriority = reader.U32() & 0xFF;
            _logicalDestination = reader.U32();
            _destinationFormat = reader.U32();
            _spurious = reader.U32();
            _errorStatus = reader.U32();
            _pendingErrors = reader.U32();
            _interruptCommandLow = reader.U32() & CommandWritable;
            _interruptCommandHigh = reader.U32();
            _initialCount = reader.U32();
            _divide = reader.U32();
            for (int i = 0; i < _localVectors.Length; i++)
            {
                _localVectors[i] = reader.U32() & (i == LvtTimer ? 0x7_00FFu : 0x1_A7FFu);
            }

            _started = reader.Time();
            _deadline = reader.U64();
            long due = reader.Time();
            _hasRunOut = due == long.MaxValue;
            _timer.Arm(due);
            Refresh();
        }

        SignalNext();
    }
}
