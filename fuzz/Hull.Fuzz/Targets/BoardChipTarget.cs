using System.Buffers.Binary;
using Hull.Machine;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Machine.Devices.Serial;
using Hull.Testing;

namespace Hull.Fuzz.Targets;

/// <summary>A guest that pokes the board's chips: local and I/O APIC, serial port, real-time clock, PCI's registers, while time passes and a kernel has the local APIC.</summary>
internal sealed class BoardChipTarget : IFuzzTarget
{
    private const int StepBytes = 6;
    private const long LongestStepNs = 5_000_000;

    public string Name => "board-chips";

    // What Linux does first to each: switch on, a timer, a message to itself, a redirection, FIFO and interrupts.
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0, 0xF0, 0xFF, 1, 0, 0, 0, 0x32, 0x40, 0, 2, 0, 0, 0x38, 0, 1, 0, 0, 6, 0, 0, 0x10, 0, 0, 1, 0, 0, 0, 0, 0],
        [2, 0, 0x18, 0, 0, 0, 2, 0x10, 0x71, 0x80, 0, 0, 5, 4, 1, 0, 0, 0, 3, 4, 0x1A, 0, 0, 0, 3, 1, 0xF, 0, 0, 0],
        [
            0, 0xF0, 0xFF, 1, 0, 0, 1, 0xF0, 0, 0, 0, 0, 2, 0, 0x1A, 0, 0, 0, 2, 0x10, 0x41, 0x80, 0, 0,
            5, 5, 1, 0, 0, 0, 1, 0xF2, 0x41, 0, 0, 0, 1, 0xF1, 0x41, 0, 2, 0,
        ],
        [4, 0, 0xB, 0, 0, 0, 4, 1, 0x72, 0, 0, 0, 6, 0, 0, 0, 0x4C, 0, 4, 0, 0xC, 0, 0, 0, 7, 0, 0, 0, 0, 0],
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        ManualClock clock = new();
        ApicBus bus = new();
        LocalApic local = new(0, bus, new NoPins(), clock, new GuestTsc(clock, 1_000_000));
        _ = new LocalApic(1, bus, new NoPins(), clock, new GuestTsc(clock, 1_000_000));
        IoApic io = new(bus);
        Serial16550 serial = new(new ByteRecorder(), new InterruptLine(io, 4));
        PciHostBridge bridge = new();
        RealTimeClock rtc = new(clock, new InterruptLine(io, 8));
        Kernel kernel = new();
        for (ReadOnlySpan<byte> steps = input.Span; steps.Length >= StepBytes; steps = steps[StepBytes..])
        {
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(steps[2..]);
            ulong register = steps[1];
            switch (steps[0] % 9)
            {
                case 0:
                    local.WriteRegister(register << 4, value);
                    local.ReadRegister(register << 4);
                    break;
                case 1:
                    local.TryTakeInterrupt(out _);
                    kernel.Change(bus, local, io, (byte)register, value);
                    break;
                case 2:
                    io.WriteMmio(register & 0x1F, 4, value);
                    io.ReadMmio(register & 0x1F, 4);
                    break;
                case 3:
                    serial.WritePort((int)register & 7, 1, value & 0xFF);
                    serial.ReadPort((int)(register >> 4) & 7, 1);
                    break;
                case 4:
                    rtc.WritePort((int)register & 1, 1, value & 0xFF);
                    rtc.ReadPort(1, 1);
                    break;
                case 5:
                    io.SetLine((int)register, (value & 1) != 0);
                    break;
                case 6:
                    clock.Advance(value % LongestStepNs);
                    break;
                case 8:
                    bridge.WritePort((int)register % PciHostBridge.PortCount, sizeof(uint), value);
                    bridge.ReadPort((int)register % PciHostBridge.PortCount, 1 << (int)(value % 3));
                    break;
                default:
                    local.TryWriteMsr(0x800u | (uint)register, value);
                    local.TryReadMsr(0x800u | (uint)register, out _);
                    local.TryWriteBase(value);
                    break;
            }
        }
    }

    // Takes everything; what it is told must be something that KVM takes.
    private sealed class Kernel : IHostedApic, IHostedInterrupts
    {
        private LocalApicState _state;

        public IHostedInterrupts Interrupts => this;

        public void Load(in LocalApicState state, IGuestIo io) => _state = state;

        public void Settle()
        {
        }

        public void Save(ref LocalApicState state) => state = _state;

        public void Send(MessageSignal message) => Check(message);

        public void SetRoutes(ReadOnlySpan<MessageSignal?> routes)
        {
            foreach (MessageSignal? route in routes)
            {
                Check(route ?? new MessageSignal(0xFEE0_0000, 0x4400));
            }
        }

        public void Raise(int input) => Check(input is >= 0 and < IoApic.Inputs);

        public void Disconnect()
        {
        }

        // Handed over, taken back with anything in it, or told of an interrupt's end.
        internal void Change(ApicBus bus, LocalApic local, IoApic io, byte how, uint value)
        {
            switch (how)
            {
                case 0xF0:
                    local.HandOver(this, SilentBoard.Instance);
                    io.HandOver(this);
                    break;
                case 0xF1:
                    _state.LocalVectors[0] = value;
                    _state.CurrentCount = value >> 3;
                    _state.Divide = value >> 24;
                    _state.Deadline = value;
                    _state.Base = 0xFEE0_0000u | (value & 0xC00);
                    _state.Undelivered = (byte)(value >> 8);
                    _state.InService[(int)(value >> 13) & 7] = value;
                    _state.TimerIsDue = (value & 1) != 0;
                    io.TakeOver();
                    local.TakeOver();
                    break;
                case 0xF2:
                    bus.EndOfInterrupt((byte)value);
                    break;
                default:
                    break;
            }
        }

        // No system management, nothing reserved, no vector that is none; the address of local APICs.
        private static void Check(MessageSignal message)
        {
            uint mode = (message.Data >> 8) & 7;
            Check(message.Address >> 20 == 0xFEE && (message.Address & 0xFFB) == 0 && message.Data >> 16 == 0);
            Check(mode is 0 or 1 or 4 or 5 or 6 && (mode > 1 || (message.Data & 0xFF) >= 16));
        }

        private static void Check(bool isTrue)
        {
            if (!isTrue)
            {
                throw new InvalidOperationException("The board told the kernel something that it never may.");
            }
        }
    }

    private sealed class NoPins : IProcessorPins
    {
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
}
