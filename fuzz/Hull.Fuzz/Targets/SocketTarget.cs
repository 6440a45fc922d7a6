using System.Buffers.Binary;
using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Fuzz.Targets;

/// <summary>A hostile guest sends packets to a socket device, while the host's end reads, writes and closes.</summary>
internal sealed class SocketTarget : IFuzzTarget
{
    private const int StepBytes = 16;
    private const int MaxSteps = 200;
    private const ulong GuestCid = 3;
    private const ulong PacketAt = 0x10000;
    private const uint BufferAt = 0x20000;
    private const int BufferBytes = 4096;

    public string Name => "virtio-vsock-packets";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        Script((0, 1), (0, 5), (1, 0), (2, 0), (4, 0), (0, 6), (0, 4), (0, 3)),
        Script((5, 0), (4, 0), (0, 2), (2, 0), (4, 0), (0, 5), (1, 0), (3, 0), (4, 0)),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        Host host = new();
        SocketDevice device = new(GuestCid, host);
        host.Device = device;
        VirtioDriver transmit = new();
        VirtioDriver receive = new();
        device.Activate(1, new Port(device, receive));
        ReadOnlySpan<byte> steps = input.Span;
        for (int i = 0; i < MaxSteps && steps.Length >= StepBytes; i++, steps = steps[StepBytes..])
        {
            Step(device, host, transmit, receive, steps[..StepBytes]);
        }

        device.Reset();
    }

    private static void Step(SocketDevice device, Host host, VirtioDriver transmit, VirtioDriver receive, ReadOnlySpan<byte> step)
    {
        switch (step[0] % 6)
        {
            case 0:
                SendPacket(device, transmit, step);
                break;
            case 1:
                byte[] chunk = new byte[step[2] * 16];
                host.Any(step[3])?.Read(chunk);
                break;
            case 2:
                host.Any(step[3])?.Write(new byte[step[2] * 300]);
                break;
            case 3 when (step[2] & 1) != 0:
                host.Any(step[3])?.EndWrite();
                break;
            case 3:
                host.Any(step[3])?.Close();
                break;
            case 4:
                receive.OfferWritable(BufferAt, step[2] < 8 ? step[2] * 11u : BufferBytes);
                device.Flush();
                receive.Collect();
                break;
            default:
                host.Note(device.Connect(step[2] & 3u));
                break;
        }
    }

    private static void SendPacket(SocketDevice device, VirtioDriver transmit, ReadOnlySpan<byte> step)
    {
        Span<byte> packet = transmit.Memory.Bytes.AsSpan((int)PacketAt);
        BinaryPrimitives.WriteUInt64LittleEndian(packet, (step[2] & 0x80) != 0 ? 9 : GuestCid);
        BinaryPrimitives.WriteUInt64LittleEndian(packet[8..], SocketDevice.HostCid);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[16..], step[3] & 3u);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[20..], (step[4] & 4) != 0 ? (1u << 30) + (step[4] & 3u) : step[4] & 3u);
        uint length = BinaryPrimitives.ReadUInt16LittleEndian(step[5..]);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[24..], (step[2] & 0x40) != 0 ? uint.MaxValue - length : length);
        BinaryPrimitives.WriteUInt16LittleEndian(packet[28..], (step[2] & 0x20) != 0 ? (ushort)2 : (ushort)1);
        BinaryPrimitives.WriteUInt16LittleEndian(packet[30..], (ushort)(step[1] & 15));
        BinaryPrimitives.WriteUInt32LittleEndian(packet[32..], step[7]);
        BinaryPrimitives.WriteUInt32LittleEndian(packet[36..], BinaryPrimitives.ReadUInt32LittleEndian(step[8..]));
        BinaryPrimitives.WriteUInt32LittleEndian(packet[40..], BinaryPrimitives.ReadUInt32LittleEndian(step[12..]));
        transmit.OfferReadable(PacketAt, (step[2] & 0x10) != 0 ? step[1] : 44u + length);
        _ = device.Serve(1, transmit.Queue);
        transmit.Collect();
    }

    private static byte[] Script(params (byte What, byte Operation)[] steps)
    {
        List<byte> script = [];
        foreach ((byte what, byte operation) in steps)
        {
            byte[] step = new byte[StepBytes];
            (step[0], step[1], step[2], step[3], step[5], step[9]) = (what, operation, 8, 1, 40, 64);
            script.AddRange(step);
        }

        return [.. script];
    }

    private sealed class Port(SocketDevice device, VirtioDriver receive) : IVirtioPort
    {
        public void Serve(int queueIndex) => _ = device.Serve(queueIndex, receive.Queue);

        public void ConfigurationChanged()
        {
        }
    }

    private sealed class Host : ISocketHost
    {
        private const int MostKept = 300;

        private readonly List<SocketConnection> _known = [];

        internal SocketDevice? Device { get; set; }

        public bool Accept(SocketConnection connection)
        {
            Note(connection);
            return connection.HostPort != 3;
        }

        public void Changed(SocketConnection connection)
        {
            // The script moves the bytes.
        }

        public void Refused()
        {
        }

        internal void Note(SocketConnection? connection)
        {
            if (connection is not null && _known.Count < MostKept)
            {
                _known.Add(connection);
            }
        }

        internal SocketConnection? Any(byte which) => _known.Count == 0 ? null : _known[which % _known.Count];
    }
}
