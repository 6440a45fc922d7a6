using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>The words that host and guest exchange: numbers, paths and frames. See docs/machine/agent.md.</summary>
public static class AgentProtocol
{
    /// <summary>The port the agent listens at.</summary>
    public const uint AgentPort = 1024;

    /// <summary>The host's port that the agent knocks at once it listens; nobody answers there.</summary>
    public const uint ReadyPort = 1;

    /// <summary>The guest's own address.</summary>
    public const uint GuestAddress = 3;

    /// <summary>What the virtio-fs is mounted by.</summary>
    public const string ShareTag = "hull";

    /// <summary>Where the guest mounts it.</summary>
    public const string ShareDirectory = "/share";

    /// <summary>The container's root, in the share.</summary>
    public const string RootShare = "root";

    /// <summary>The file system of the disk that the container's root is on, in the guest.</summary>
    public const string DiskDirectory = "/disk";

    /// <summary>The container's root on that disk.</summary>
    public const string DiskRoot = DiskDirectory + "/root";

    /// <summary>The file with the machine process's orders, in the microVM's state directory.</summary>
    public const string OrdersFile = "machine.json";

    /// <summary>The guest's console output, in the microVM's state directory.</summary>
    public const string ConsoleFile = "console.log";

    /// <summary>Most streams a request brings.</summary>
    public const int MaxStreams = 3;

    /// <summary>Longest request; the host is trusted, but a broken length must not exhaust the guest.</summary>
    public const int MaxRequestBytes = 4 << 20;

    /// <summary>Longest answer; the guest is not trusted.</summary>
    public const int MaxReplyBytes = 64 << 10;

    /// <summary>Writes a message with its length before it.</summary>
    /// <returns>False when the other side is gone.</returns>
    public static bool TryWrite<T>(FileDescriptor target, T message, JsonTypeInfo<T> type)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, type);
        byte[] frame = new byte[sizeof(int) + json.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, json.Length);
        json.CopyTo(frame, sizeof(int));
        return DescriptorIo.WriteAll(target, frame);
    }

    /// <summary>Waits for a message.</summary>
    /// <param name="source">The connection.</param>
    /// <param name="type">How it is read.</param>
    /// <param name="maxBytes">The longest there may be.</param>
    /// <param name="timeoutMs">How long all of it may take; without end when negative.</param>
    /// <returns>Null when the other side is gone.</returns>
    /// <exception cref="HullException">What came is not a message, or not all of it came in time.</exception>
    public static T? TryRead<T>(FileDescriptor source, JsonTypeInfo<T> type, int maxBytes, int timeoutMs = Timeout.Infinite)
        where T : class => TryRead(source, type, maxBytes, new Deadline(timeoutMs).Await);

    /// <summary>Waits for a message as long as somebody else says.</summary>
    /// <param name="source">The connection.</param>
    /// <param name="type">How it is read.</param>
    /// <param name="maxBytes">The longest there may be.</param>
    /// <param name="wait">Returns once there is something to read, and throws when that took too long.</param>
    /// <returns>Null when the other side is gone.</returns>
    /// <exception cref="HullException">What came is not a message.</exception>
    internal static T? TryRead<T>(FileDescriptor source, JsonTypeInfo<T> type, int maxBytes, Action<FileDescriptor> wait)
        where T : class
    {
        byte[] length = new byte[sizeof(int)];
        if (!TryFill(source, length, wait))
        {
            return null;
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(length);
        if (count <= 0 || count > maxBytes)
        {
            throw new HullException(ErrorKind.DataLoss, $"A message between host and guest has an impossible length of {count}.");
        }

        byte[] json = new byte[count];
        try
        {
            return TryFill(source, json, wait) ? JsonSerializer.Deserialize(json, type) : null;
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.DataLoss, "A message between host and guest cannot be read.", error);
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    /// <returns>False at the end before that.</returns>
    public static bool TryFill(FileDescriptor source, Span<byte> bytes) => TryFill(source, bytes, new Deadline(Timeout.Infinite).Await);

    // A guest that sends a byte now and then must not keep anybody longer than one that sends nothing.
    private static bool TryFill(FileDescriptor source, Span<byte> bytes, Action<FileDescriptor> wait)
    {
        while (!bytes.IsEmpty)
        {
            wait(source);
            int count = DescriptorIo.Read(source, bytes);
            if (count == 0)
            {
                return false;
            }

            bytes = bytes[count..];
        }

        return true;
    }

    private sealed class Deadline(int timeoutMs)
    {
        private readonly long _end = Environment.TickCount64 + timeoutMs;

        internal void Await(FileDescriptor source)
        {
            if (timeoutMs >= 0 && !KernelProcess.WaitReadable(source, (int)Math.Max(0, _end - Environment.TickCount64)))
            {
                throw new HullException(ErrorKind.Unavailable, $"The guest did not answer within {timeoutMs / 1000} seconds.");
            }
        }
    }
}
