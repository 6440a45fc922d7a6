using System.Buffers.Binary;

namespace Hull.Linux;

/// <summary>Receives blocked signals as reads. Source: signalfd(2).</summary>
/// <remarks>
/// The signals must be blocked in every thread of the process, which only the process's starter can arrange for a managed
/// program: <see cref="Launcher"/> starts its programs with a chosen mask.
/// </remarks>
public sealed class SignalDescriptor : IDisposable
{
    private const int RecordBytes = 128;

    /// <summary>Listens to some signals.</summary>
    public SignalDescriptor(ReadOnlySpan<Signal> signals)
    {
        Span<ulong> mask = stackalloc ulong[Libc.SignalSetBytes / sizeof(ulong)];
        mask.Clear();
        mask[0] = MaskOf(signals);
        Descriptor = FileDescriptor.Own(Libc.signalfd(-1, in mask[0], Libc.SFD_CLOEXEC | Libc.SFD_NONBLOCK), "signalfd");
    }

    /// <summary>The descriptor, for epoll.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>Takes one signal without waiting.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTake(out Signal signal)
    {
        Span<byte> record = stackalloc byte[RecordBytes];
        signal = default;
        if (!DescriptorIo.TryRead(Descriptor, record, out int count) || count < RecordBytes)
        {
            return false;
        }

        signal = new Signal(BinaryPrimitives.ReadInt32LittleEndian(record));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();

    internal static ulong MaskOf(ReadOnlySpan<Signal> signals)
    {
        ulong mask = 0;
        foreach (Signal signal in signals)
        {
            mask |= 1ul << (signal.Number - 1);
        }

        return mask;
    }
}
