using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Machine.Devices.Power;
using Hull.Machine.State;

namespace Hull.Machine.Board;

/// <summary>The chips of a PC/AT on a board that has them, and the wires of its sixteen interrupts.</summary>
/// <remarks>
/// Every wire below 16 leads to the 8259 pair and to the I/O APIC; the timer's is number 0 at the pair and 2 at the APIC, as on
/// every PC. The pair's own output leads to LINT0 of the first processor's APIC.
/// </remarks>
internal sealed class LegacyChips : IInterruptSink
{
    private const int TimerInterrupt = 0;
    private const int KeyboardInterrupt = 1;
    private const int TimerAtApic = 2;

    private readonly IoApic _ioApic;

    internal LegacyChips(BoardWiring wiring, IoApic ioApic, Action<PowerEvent> happened)
    {
        _ioApic = ioApic;
        Pair = new PicPair(level => wiring.Apics.Locals[0].SetExternal(level));
        IntervalTimer timer = new(wiring.Clock, new InterruptLine(this, TimerInterrupt));
        Keyboard8042 keyboard = new(new InterruptLine(this, KeyboardInterrupt), happened);
        Power = new AcpiFixedHardware(wiring.Clock, new InterruptLine(this, MicrovmLayout.SystemControlInterrupt), happened);
        wiring.Ports.Add(PicPair.FirstPort, PicPair.PortCount, Pair.First);
        wiring.Ports.Add(PicPair.SecondPort, PicPair.PortCount, Pair.Second);
        wiring.Ports.Add(PicPair.TriggerPort, PicPair.PortCount, Pair.Triggers);
        wiring.Ports.Add(IntervalTimer.FirstPort, IntervalTimer.PortCount, timer);
        wiring.Ports.Add(IntervalTimer.SpeakerPort, 1, timer.Speaker);
        wiring.Ports.Add(Keyboard8042.DataPort, 1, keyboard.Data);
        wiring.Ports.Add(Keyboard8042.CommandPort, 1, keyboard.Commands);
        wiring.Ports.Add(MicrovmLayout.FixedPowerPort, AcpiFixedHardware.PortCount, Power);
        Parts = [("pic", Pair), ("pit", timer), ("keyboard", keyboard), ("power", Power)];
    }

    /// <summary>The interrupt controllers.</summary>
    internal PicPair Pair { get; }

    /// <summary>The power registers with their button.</summary>
    internal AcpiFixedHardware Power { get; }

    /// <summary>What goes into a snapshot.</summary>
    internal IReadOnlyList<(string Name, ISavable Part)> Parts { get; }

    /// <inheritdoc/>
    public void SetLine(int line, bool level)
    {
        Pair.SetLine(line, level);
        _ioApic.SetLine(line == TimerInterrupt ? TimerAtApic : line, level);
    }
}
