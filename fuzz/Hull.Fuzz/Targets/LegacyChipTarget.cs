using System.Buffers.Binary;
using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Machine.Devices.Power;
using Hull.Testing;

namespace Hull.Fuzz.Targets;

/// <summary>A guest that pokes the chips of a PC: 8259 pair, 8254, keyboard controller, ACPI's registers, while time passes.</summary>
internal sealed class LegacyChipTarget : IFuzzTarget
{
    private const int StepBytes = 6;
    private const long LongestStepNs = 50_000_000;

    public string Name => "legacy-chips";

    // What every kernel does first to each: initialize the pair, a hundred ticks a second, self tests, the power button.
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [
            0, 0, 0x11, 0, 0, 0, 0, 1, 0x20, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0, 1, 1, 0, 0, 0,
            1, 0, 0x11, 0, 0, 0, 1, 1, 0x28, 0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 1, 1, 0, 0, 0, 8, 5, 1, 0, 0, 0, 9, 0, 0, 0, 0, 0,
        ],
        [3, 3, 0x34, 0, 0, 0, 3, 0, 0x9C, 0, 0, 0, 3, 0, 0x2E, 0, 0, 0, 10, 0, 0, 0, 0x98, 0, 9, 0, 0, 0, 0, 0, 3, 3, 0xC2, 0, 0, 0],
        [4, 0, 3, 0, 0, 0, 3, 3, 0xB0, 0, 0, 0, 3, 2, 1, 0, 0, 0, 3, 2, 1, 0, 0, 0, 10, 0, 0, 1, 0, 0],
        [6, 0, 0xAA, 0, 0, 0, 6, 0, 0x60, 0, 0, 0, 5, 0, 0x65, 0, 0, 0, 5, 0, 0xFF, 0, 0, 0, 9, 0, 0, 0, 0, 0],
        [7, 2, 0, 1, 0, 0, 11, 0, 0, 0, 0, 0, 7, 0, 0, 1, 0, 0, 7, 4, 0, 0x34, 0, 0],
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        ManualClock clock = new();
        PicPair pair = new(_ => { });
        IntervalTimer timer = new(clock, new InterruptLine(pair, 0));
        Keyboard8042 keyboard = new(new InterruptLine(pair, 1), _ => { });
        AcpiFixedHardware power = new(clock, new InterruptLine(pair, 9), _ => { });
        IPortDevice[] ports = [pair.First, pair.Second, pair.Triggers, timer, timer.Speaker, keyboard.Data, keyboard.Commands, power];
        int[] counts = [2, 2, 2, IntervalTimer.PortCount, 1, 1, 1, AcpiFixedHardware.PortCount];
        for (ReadOnlySpan<byte> steps = input.Span; steps.Length >= StepBytes; steps = steps[StepBytes..])
        {
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(steps[2..]);
            int what = steps[0] % (ports.Length + 4);
            switch (what - ports.Length)
            {
                case 0:
                    pair.SetLine(steps[1], (value & 1) != 0);
                    break;
                case 1:
                    _ = pair.TryAcknowledge(out _);
                    break;
                case 2:
                    clock.Advance(value % LongestStepNs);
                    break;
                case 3:
                    power.PressPowerButton();
                    break;
                default:
                    int port = steps[1] % counts[what];
                    int size = 1 << (steps[1] >> 5 & 3) & 7;
                    ports[what].WritePort(port, Math.Max(size, 1), value);
                    _ = ports[what].ReadPort(port, Math.Max(size, 1));
                    break;
            }
        }
    }
}
