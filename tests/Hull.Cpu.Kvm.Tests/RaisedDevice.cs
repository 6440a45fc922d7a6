using Hull.Machine.Board;
using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Interrupts;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>A device that a guest asks for an interrupt by writing a port, and thanks by reading it.</summary>
internal sealed class RaisedDevice(int input, bool isLevel) : IBoardAddition, IPortDevice
{
    /// <summary>Its port.</summary>
    internal const ushort Port = 0x700;

    private InterruptLine? _line;

    /// <summary>How often it was thanked.</summary>
    internal int Thanks { get; private set; }

    public void Wire(PortBus ports, MmioBus addresses, IInterruptSink interrupts)
    {
        _line = new InterruptLine(interrupts, input);
        ports.Add(Port, 1, this);
    }

    public uint ReadPort(int offset, int size)
    {
        Thanks++;
        _line?.Set(false);
        return 0;
    }

    public void WritePort(int offset, int size, uint value) => Raise();

    /// <summary>Raises its input, from any thread.</summary>
    internal void Raise()
    {
        if (isLevel)
        {
            _line?.Set(true);
        }
        else
        {
            _line?.Pulse();
        }
    }
}
