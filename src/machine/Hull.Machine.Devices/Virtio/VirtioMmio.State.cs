using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

// Standing still, and into a snapshot and out of it.
public sealed partial class VirtioMmio : ISavable
{
    private bool _isPaused;

    /// <summary>Keeps the host side away from the guest's memory until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        lock (_gate)
        {
            _isPaused = true;
        }
    }

    /// <summary>Serves what came meanwhile, and goes on.</summary>
    public void Resume()
    {
        lock (_gate)
        {
            _isPaused = false;
            for (int i = 0; i < _queues.Length; i++)
            {
                ServeLocked(i);
            }

            if (_configurationWaits)
            {
                _configurationWaits = false;
                Interrupt(InterruptConfiguration);
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="HullException">The device behind it cannot be saved.</exception>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        if (_device is not ISavable device)
        {
            throw new HullException(
                ErrorKind.Unimplemented, $"A machine with a virtio device of type '{_device.Type}' cannot be saved.");
        }

        lock (_gate)
        {
            writer.U32((uint)_device.Type);
            ReadOnlySpan<uint> registers =
                [_status, _interrupts, _deviceFeaturesWord, _driverFeaturesWord, _selected, _generation];
            foreach (uint register in registers)
            {
                writer.U32(register);
            }

            writer.U64(_driverFeatures);
            for (int i = 0; i < _queues.Length; i++)
            {
                writer.U16(_setups[i].Size);
                writer.U64(_setups[i].Descriptors);
                writer.U64(_setups[i].Driver);
                writer.U64(_setups[i].Device);
                writer.Flag(_queues[i] is not null);
                _queues[i]?.Save(writer);
            }

            device.Save(writer);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        if (_device is not ISavable device || reader.U32() != (uint)_device.Type)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The snapshot has another device where the machine has one of type '{_device.Type}'.");
        }

        lock (_gate)
        {
            (_status, _interrupts) = (reader.U32() & 0xFF, reader.U32());
            (_deviceFeaturesWord, _driverFeaturesWord) = (reader.U32(), reader.U32());
            (_selected, _generation) = (reader.U32(), reader.U32());
            _driverFeatures = reader.U64();
            if ((_status & StatusFeaturesOk) != 0 && !AreFeaturesAcceptable())
            {
                throw reader.Damaged();
            }

            for (int i = 0; i < _queues.Length; i++)
            {
                LoadQueue(reader, i);
            }

            if ((_status & StatusDriverOk) != 0)
            {
                _device.Activate(_driverFeatures, this);
            }

            device.Load(reader);
        }
    }

    private void LoadQueue(StateReader reader, int index)
    {
        _setups[index] = new QueueSetup
        {
            Size = reader.U16(),
            Descriptors = reader.U64(),
            Driver = reader.U64(),
            Device = reader.U64(),
        };
        if (!reader.Flag())
        {
            return;
        }

        if (!IsSound(index))
        {
            throw reader.Damaged();
        }

        VirtQueue queue = VirtQueue.Create(_setups[index].Layout, _memory, _driverFeatures);
        queue.Load(reader);
        _queues[index] = queue;
    }
}
