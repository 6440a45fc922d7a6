using Hull.Machine;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Serial;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Snapshots;
using Hull.Machine.State;
using Hull.Testing;

namespace Hull.Fuzz.Targets;

/// <summary>A snapshot from elsewhere with its checksum right: every part takes any bytes, or says that they make no sense, and works on.</summary>
internal sealed class MachineStateTarget : IFuzzTarget
{
    private const int Parts = 14;
    private const int Registers = 64;

    public string Name => "machine-state";

    public IReadOnlyList<byte[]> Seeds { get; } = [.. Enumerable.Range(0, Parts).Select(Seed)];

    public void Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        Board board = new();
        int part = input.Span[0] % Parts;
        try
        {
            if (part == Parts - 1)
            {
                _ = StateFile.Parse(input.Span[1..]);
                return;
            }

            ISavable target = board.Part(part);
            target.Load(new StateReader("fuzz", input[1..]));
            board.Poke();
            target.Save(new StateWriter());
        }
        catch (HullException)
        {
            // An answer: the snapshot is refused.
        }
    }

    private static byte[] Seed(int part)
    {
        StateWriter writer = new();
        writer.U8((byte)part);
        if (part < Parts - 1)
        {
            new Board().Part(part).Save(writer);
        }
        else
        {
            writer.Bytes(new StateFile().ToArray());
        }

        return writer.Written.ToArray();
    }

    // The chips of a board and three devices, wired as a machine wires them.
    private sealed class Board : IProcessorPins
    {
        private readonly ManualClock _clock = new();
        private readonly FlatMemory _memory = new(0x1_0000);
        private readonly LocalApic _apic;
        private readonly IoApic _ioApic;
        private readonly Serial16550 _serial;
        private readonly RealTimeClock _time;
        private readonly ParavirtualClock _paravirtual;
        private readonly PicPair _pair = new(_ => { });
        private readonly IntervalTimer _timer;
        private readonly Keyboard8042 _keyboard;
        private readonly AcpiFixedHardware _power;
        private readonly List<VirtioMmio> _transports = [];

        internal Board()
        {
            ApicBus bus = new();
            GuestTsc tsc = new(_clock, 1_000_000);
            _apic = new LocalApic(0, bus, this, _clock, tsc);
            _ioApic = new IoApic(bus);
            _serial = new Serial16550(new ByteRecorder(), new InterruptLine(_ioApic, 4));
            _time = new RealTimeClock(_clock, new InterruptLine(_ioApic, 8));
            _timer = new IntervalTimer(_clock, new InterruptLine(_pair, 0));
            _keyboard = new Keyboard8042(new InterruptLine(_pair, 1), _ => { });
            _power = new AcpiFixedHardware(_clock, new InterruptLine(_pair, 9), _ => { });
            _paravirtual = new ParavirtualClock(_clock, tsc, _memory);
            foreach (IVirtioDevice device in (IVirtioDevice[])[new ConsoleDevice(new ByteRecorder()), new BalloonDevice(), new EntropyDevice(new Zeros())])
            {
                _transports.Add(new VirtioMmio(device, _memory, new InterruptLine(_ioApic, 9 + _transports.Count)));
            }
        }

        internal ISavable Part(int number) => number switch
        {
            0 => _apic,
            1 => _ioApic,
            2 => _serial,
            3 => _time,
            4 => _paravirtual,
            8 => new Processor(),
            9 => _pair,
            10 => _timer,
            11 => _keyboard,
            12 => _power,
            _ => _transports[number - 5],
        };

        /// <summary>Uses what was loaded: registers, timers, queues.</summary>
        internal void Poke()
        {
            for (int i = 0; i < Registers; i++)
            {
                _ = _apic.ReadRegister((ulong)i * 16);
                _ = _apic.TryTakeInterrupt(out _);
                _apic.WriteRegister(0xB0, 0);
                _ioApic.WriteMmio(0, 4, (uint)i);
                _ = _ioApic.ReadMmio(0x10, 4);
                _ = _serial.ReadPort(i % 8, 1);
                _ = _serial.Receive([1, 2, 3]);
                _time.WritePort(0, 1, (uint)i);
                _ = _time.ReadPort(1, 1);
            }

            for (int port = 0; port < IntervalTimer.PortCount; port++)
            {
                _ = _pair.TryAcknowledge(out byte _);
                _ = _timer.ReadPort(port, 1);
                _ = _timer.Speaker.ReadPort(0, 1);
                _ = _keyboard.Data.ReadPort(0, 1);
                _ = _power.ReadPort(port * 2, 2);
                _timer.Speaker.WritePort(0, 1, (uint)port);
            }

            _paravirtual.MarkStopped();
            foreach (VirtioMmio transport in _transports)
            {
                transport.Pause();
                transport.Resume();
                transport.WriteMmio(0x50, 4, 0);
                transport.WriteMmio(0x50, 4, 1);
            }

            _clock.Advance(1_000_000);
        }

        public void InterruptPending()
        {
        }

        public void Nmi()
        {
        }

        public void Init()
        {
        }

        public void StartUp(byte vector)
        {
        }
    }

    private sealed class Processor : ISavable
    {
        private ProcessorState _state = ProcessorState.Reset();

        public void Save(StateWriter writer) => ProcessorStateFormat.Write(writer, in _state);

        public void Load(StateReader reader) => _state = ProcessorStateFormat.Read(reader);
    }

    private sealed class Zeros : IEntropySource
    {
        public void Fill(Span<byte> destination) => destination.Clear();
    }
}
