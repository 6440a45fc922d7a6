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
    /// <returns>Null when the other side is gone.</returns>
    /// <exception cref="HullException">What came is not a message.</exception>
    public static T? TryRead<T>(FileDescriptor source, JsonTypeInfo<T> type, int maxBytes)
        where T : class
    {
        byte[] length = new byte[sizeof(int)];
        if (!TryFill(source, length))
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
            return TryFill(source, json) ? JsonSerializer.Deserialize(json, type) : null;
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.DataLoss, "A message between host and guest cannot be read.", error);
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    /// <returns>False at the end before that.</returns>
    public static bool TryFill(FileDescriptor source, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = DescriptorIo.Read(source, bytes);
            if (count == 0)
            {
                return false;
            }

            bytes = bytes[count..];
        }

        return true;
    }
}
