using System.Buffers.Binary;
using Hull.Linux;

namespace Hull.Cpu.Native;

/// <summary>The child that runs cases on the host's processor: one signal frame in, one signal frame out per case.</summary>
internal sealed class NativeProcess : IDisposable
{
    /// <summary>A batch takes milliseconds; a child that stays at one case for so long has met something that never ends.</summary>
    internal int StuckMs { get; set; } = 4_000;

    private readonly MemoryFile _file;
    private readonly AddressWindow _window;
    private readonly MemoryFile _program;
    private FileDescriptor? _toChild;
    private FileDescriptor? _fromChild;
    private int _pid;

    internal NativeProcess()
    {
        _file = new MemoryFile("hull-cpu-native", CaseLayout.FileBytes);
        _window = new AddressWindow(CaseLayout.FileBytes);
        _window.Map(0, _file, 0, CaseLayout.FileBytes);
        byte[] image = Image();
        _program = new MemoryFile("hull-cpu-native-program", image.Length);
        if (!DescriptorIo.WriteAll(_program.Descriptor, image))
        {
            throw new HullException(ErrorKind.Internal, "The native child's program cannot be written.");
        }
    }

    /// <summary>The shared file's bytes.</summary>
    // SAFETY: the window is mapped for the life of this object, and as long as the span.
    internal unsafe Span<byte> Shared => new((void*)_window.Base, CaseLayout.FileBytes);

    /// <summary>Lets the child begin with the first cases of the batch; returns at once.</summary>
    internal void Begin(int count)
    {
        if (_toChild == null)
        {
            Start();
        }

        BinaryPrimitives.WriteInt32LittleEndian(Shared[4..], count);
        if (!DescriptorIo.WriteAll(_toChild!, [1]))
        {
            throw new HullException(ErrorKind.Internal, "The native child is gone.");
        }
    }

    /// <summary>Waits for the child.</summary>
    /// <param name="fate">What became of a child that was lost: the next <see cref="Begin"/> starts another one.</param>
    /// <returns>-1, or the case at which the child was lost.</returns>
    internal int End(out string fate)
    {
        int at = -2;
        while (!KernelProcess.WaitReadable(_fromChild!, StuckMs))
        {
            int now = Progress;
            if (now == at)
            {
                Stop();
                fate = "stays at this case for ever";
                return Math.Max(now, 0);
            }

            at = now;
        }

        fate = "";
        if (DescriptorIo.Read(_fromChild!, new byte[1]) == 1)
        {
            return -1;
        }

        fate = $"ends with status {Stop():x}";
        return Math.Max(Progress, 0);
    }

    // The case that the child is at.
    private int Progress => BinaryPrimitives.ReadInt32LittleEndian(Shared);

    public void Dispose()
    {
        Stop();
        _program.Dispose();
        _window.Dispose();
        _file.Dispose();
    }

    private void Start()
    {
        (FileDescriptor reader, FileDescriptor toChild) = DescriptorIo.CreatePipe();
        (FileDescriptor fromChild, FileDescriptor writer) = DescriptorIo.CreatePipe();
        using FileDescriptor theirs = reader;
        using FileDescriptor answers = writer;
        _toChild = toChild;
        _fromChild = fromChild;
        _pid = Launcher.Start(new LaunchRequest
        {
            Path = $"/proc/{Environment.ProcessId}/fd/{_program.Descriptor.Number}",
            Arguments = ["hull-cpu-native"],
            Environment = [],
            Descriptors = [theirs, answers, answers, _file.Descriptor],
            BlockedSignals = [new Signal(26)],
        });
    }

    private int Stop()
    {
        if (_toChild == null)
        {
            return 0;
        }

        _toChild.Dispose();
        _fromChild!.Dispose();
        _toChild = null;
        if (KernelProcess.TryOpen(_pid, out _) is FileDescriptor pid)
        {
            using (pid)
            {
                KernelProcess.TrySignal(pid, 9);
            }
        }

        return Launcher.Wait(_pid);
    }

    // One loadable segment with everything in it. Source: ELF-64 object file format 1.5.
    private static byte[] Image()
    {
        byte[] image = new byte[0x200 + NativeCode.Bytes.Length];
        ReadOnlySpan<byte> identity = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        identity.CopyTo(image);
        image[16] = 2;
        image[18] = 62;
        image[20] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(image.AsSpan(24), NativeCode.ImageBase + 0x200);
        image[32] = 64;
        image[52] = 64;
        image[54] = 56;
        image[56] = 1;
        Span<byte> segment = image.AsSpan(64);
        segment[0] = 1;
        segment[4] = 5;
        BinaryPrimitives.WriteUInt64LittleEndian(segment[16..], NativeCode.ImageBase);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[24..], NativeCode.ImageBase);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[32..], (ulong)image.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[40..], (ulong)image.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(segment[48..], 0x1000);
        NativeCode.Bytes.CopyTo(image.AsSpan(0x200));
        return image;
    }
}
