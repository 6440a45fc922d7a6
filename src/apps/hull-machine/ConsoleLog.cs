using Hull.Linux;
using Hull.Machine.Devices.Serial;

namespace Hull.MachineProcess;

/// <summary>Keeps what the guest prints on its serial port, up to a bound: a guest can print for ever.</summary>
internal sealed class ConsoleLog(FileDescriptor file) : IByteSink, IDisposable
{
    private const int MaxBytes = 256 * 1024;

    private int _written;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, MaxBytes - _written);
        if (count > 0)
        {
            _written += count;
            _ = HostFile.TryWrite(file, bytes[..count]);
        }
    }

    public void Dispose() => file.Dispose();
}
