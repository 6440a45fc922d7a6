using System.Buffers.Binary;
using Hull.Machine;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Serial;
using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Fuzz.Targets;

/// <summary>A hostile driver: it writes registers, rings and descriptors as the input says, and rings bells.</summary>
internal sealed class VirtioTarget(string name, Func<IVirtioDevice> create) : IFuzzTarget
{
    private const int MemoryBytes = 0x2_0000;
    private const ulong Descriptors = 0x1000;
    private const ulong Available = 0x2000;
    private const ulong Used = 0x3000;
    private const ulong QueueStride = 0x4000;
    private const int QueueSize = 8;
    private const int StepBytes = 11;

    private static readonly ulong[] s_features =
    [
        0, VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors, VirtioFeatures.PackedRing,
        VirtioFeatures.PackedRing | VirtioFeatures.EventIndex | VirtioFeatures.IndirectDescriptors,
    ];

    internal static IEnumerable<IFuzzTarget> All =>
    [
        new VirtioTarget("virtio-entropy", () => new EntropyDevice(new Pattern())),
        new VirtioTarget("virtio-console", MakeConsole),
        new VirtioTarget("virtio-block", () => new BlockDevice(new MemoryDisk(), "fuzz")),
        new VirtioTarget("virtio-balloon", () => new BalloonDevice()),
        new VirtioTarget("virtio-fs-device", () => new FileSystemDevice("fuzz", new Echo())),
        new VirtioTarget("virtio-vsock", () => new SocketDevice(3, new NoSockets())),
        new VirtioTarget("virtio-net", MakeCard),
    ];

    public string Name => name;

    public IReadOnlyList<byte[]> Seeds { get; } = [Seed(0), Seed(1), SeedPacked(2), SeedPacked(3)];

    public void Run(ReadOnlyMemory<byte> input)
    {
        ReadOnlySpan<byte> steps = input.Span;
        if (steps.IsEmpty)
        {
            return;
        }

        FlatMemory memory = new(MemoryBytes);
        VirtioMmio transport = new(create(), memory, new InterruptLine(new InterruptRecorder(), 5));
        SetUp(transport, s_features[steps[0] & 3]);
        for (steps = steps[1..]; steps.Length >= StepBytes; steps = steps[StepBytes..])
        {
            Step(transport, memory, steps[..StepBytes]);
        }
    }

    private static void Step(VirtioMmio transport, FlatMemory memory, ReadOnlySpan<byte> step)
    {
        int place = BinaryPrimitives.ReadUInt16LittleEndian(step[1..]);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(step[3..]);
        switch (step[0] % 4)
        {
            case 0:
                memory.TryWrite(new GuestAddress((ulong)place), step[3..]);
                break;
            case 1:
                transport.WriteMmio(0x50, 4, step[1]);
                break;
            case 2:
                transport.WriteMmio((ulong)(place & 0x1FF), 1 << (step[0] >> 2 & 3), value);
                break;
            default:
                transport.ReadMmio((ulong)(place & 0x1FF), 1 << (step[0] >> 2 & 3));
                break;
        }
    }

    private static void SetUp(VirtioMmio transport, ulong features)
    {
        void Write(ulong offset, ulong value) => transport.WriteMmio(offset, 4, (uint)value);
        Write(0x70, 3);
        Write(0x24, 0);
        Write(0x20, (uint)features);
        Write(0x24, 1);
        Write(0x20, (features >> 32) | 1);
        Write(0x70, 11);
        for (ulong queue = 0; queue < 3; queue++)
        {
            Write(0x30, queue);
            Write(0x38, QueueSize);
            Write(0x80, Descriptors + (queue * QueueStride));
            Write(0x90, Available + (queue * QueueStride));
            Write(0xA0, Used + (queue * QueueStride));
            Write(0x44, 1);
        }

        Write(0x70, 15);
    }

    // A request of three parts on each queue: header, data, status.
    private static byte[] Seed(byte features)
    {
        List<byte> steps = [features];
        for (ulong queue = 0; queue < 3; queue++)
        {
            ulong at = queue * QueueStride;
            AddDescriptor(steps, Descriptors + at, 0xF000, 16, 1, 1);
            AddDescriptor(steps, Descriptors + at + 16, 0xE000, 512, 3, 2);
            AddDescriptor(steps, Descriptors + at + 32, 0xD000, 1, 2, 0);
            AddMemory(steps, Available + at, 0x0000_0000_0001_0000);
            AddBell(steps, (byte)queue);
        }

        return [.. steps];
    }

    private static byte[] SeedPacked(byte features)
    {
        List<byte> steps = [features];
        for (ulong queue = 0; queue < 3; queue++)
        {
            ulong at = queue * QueueStride;
            AddDescriptor(steps, Descriptors + at, 0xF000, 16, 0, 0x81);
            AddDescriptor(steps, Descriptors + at + 16, 0xE000, 512, 0, 0x83);
            AddDescriptor(steps, Descriptors + at + 32, 0xD000, 1, 0, 0x82);
            AddBell(steps, (byte)queue);
        }

        return [.. steps];
    }

    private static void AddDescriptor(List<byte> steps, ulong at, ulong address, uint length, ushort third, ushort fourth)
    {
        AddMemory(steps, at, address);
        AddMemory(steps, at + 8, length | ((ulong)third << 32) | ((ulong)fourth << 48));
    }

    private static void AddMemory(List<byte> steps, ulong at, ulong value)
    {
        Span<byte> step = stackalloc byte[StepBytes];
        step[0] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(step[1..], (ushort)at);
        BinaryPrimitives.WriteUInt64LittleEndian(step[3..], value);
        steps.AddRange(step);
    }

    private static void AddBell(List<byte> steps, byte queue) => steps.AddRange([1, queue, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    private static ConsoleDevice MakeConsole()
    {
        ConsoleDevice console = new(new Nowhere());
        console.Receive(new byte[100]);
        return console;
    }

    private static NetworkDevice MakeCard() =>
        new(new EndlessLink(), new ManualClock(), new NetworkOptions { Address = new byte[NetworkOptions.AddressBytes], BytesPerSecond = 1 << 20 });

    // Frames of growing length, for ever.
    private sealed class EndlessLink : INetworkLink
    {
        private int _frames;

        public int TryReceive(Span<byte> frame) => Math.Min(NetworkDevice.HeaderBytes + (++_frames * 97 % 9000), frame.Length);

        public void Send(ReadOnlySpan<byte> frame)
        {
        }

        public void SetOffloads(bool checksums, bool segments4, bool segments6)
        {
        }
    }

    private sealed class Pattern : IEntropySource
    {
        public void Fill(Span<byte> destination) => destination.Fill(0x5A);
    }

    private sealed class Echo : IFileServer
    {
        public int MaxRequestBytes => 4096;

        public int MaxAnswerBytes => 4096;

        public int Handle(ReadOnlySpan<byte> request, Span<byte> answer)
        {
            int length = Math.Min(request.Length, answer.Length);
            request[..length].CopyTo(answer);
            return length;
        }

        public void Reset()
        {
        }
    }

    private sealed class NoSockets : ISocketHost
    {
        public bool Accept(SocketConnection connection) => (connection.HostPort & 1) == 0;

        public void Changed(SocketConnection connection)
        {
        }

        public void Refused()
        {
        }
    }

    private sealed class Nowhere : IByteSink
    {
        public void Write(ReadOnlySpan<byte> bytes)
        {
        }
    }

    private sealed class MemoryDisk : IBlockStore
    {
        private readonly byte[] _bytes = new byte[16 * 512];

        public long Size => _bytes.Length;

        public bool IsReadOnly => false;

        public bool TryRead(long offset, Span<byte> destination)
        {
            _bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
            return true;
        }

        public bool TryWrite(long offset, ReadOnlySpan<byte> source)
        {
            source.CopyTo(_bytes.AsSpan((int)offset));
            return true;
        }

        public bool TryFlush() => true;

        public bool TryDiscard(long offset, long length, bool mustBeZero)
        {
            _bytes.AsSpan((int)offset, (int)length).Clear();
            return true;
        }
    }
}
