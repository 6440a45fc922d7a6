using System.Buffers.Binary;
using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Sharing;

/// <summary>Answers a <see cref="RemoteFileServer"/> until that one is gone.</summary>
/// <remarks>
/// A request is three numbers of four bytes, little-endian: its length, the room for its answer, and the processor that asks;
/// and then the request. An answer is its length and itself, and comes unless there is <see cref="NoAnswer"/> to be. The other side is not trusted: it may be a guest that broke out
/// of its machine.
/// </remarks>
public static class FileServerConnection
{
    internal const int HeaderBytes = 3 * sizeof(int);

    /// <summary>A length that says that the guest is gone; it has no answer.</summary>
    internal const int ResetLength = -1;

    /// <summary>A room that says that nobody waits: the request is done when its turn comes.</summary>
    internal const int NoAnswer = -1;

    /// <summary>A processor that says that the request may be done on any.</summary>
    internal const int AnyProcessor = -1;

    internal const int Gone = -1;

    /// <summary>Serves until the other side is gone or sends what is no request.</summary>
    /// <param name="socket">The stream.</param>
    /// <param name="server">Answers.</param>
    public static void Serve(FileDescriptor socket, IFileServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        byte[] received = new byte[HeaderBytes + server.MaxRequestBytes];
        byte[] answer = new byte[sizeof(int) + server.MaxAnswerBytes];
        ProcessorNearness nearness = new();
        int known = 0;
        while (TryFill(socket, received, HeaderBytes, ref known))
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(received);
            int room = BinaryPrimitives.ReadInt32LittleEndian(received.AsSpan(sizeof(int)));
            if (length == ResetLength)
            {
                server.Reset();
                Drop(received, HeaderBytes, ref known);
                continue;
            }

            if (length < 0 || length > server.MaxRequestBytes || room < NoAnswer || room > server.MaxAnswerBytes
                || !TryFill(socket, received, HeaderBytes + length, ref known))
            {
                return;
            }

            // Who asks waits for the answer there: its processor is the one that has nothing else to do.
            nearness.Follow(BinaryPrimitives.ReadInt32LittleEndian(received.AsSpan(2 * sizeof(int))));
            int written = server.Handle(received.AsSpan(HeaderBytes, length), answer.AsSpan(sizeof(int), Math.Max(0, room)));
            BinaryPrimitives.WriteInt32LittleEndian(answer, written);
            if (room != NoAnswer && !TryWrite(socket, answer.AsSpan(0, sizeof(int) + written)))
            {
                return;
            }

            Drop(received, HeaderBytes + length, ref known);
        }
    }

    internal static bool TryWrite(FileDescriptor socket, ReadOnlySpan<byte> bytes)
    {
        try
        {
            return DescriptorIo.WriteAll(socket, bytes);
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <summary>Reads exactly so many bytes.</summary>
    /// <returns>False at the end before that.</returns>
    internal static bool TryFill(FileDescriptor socket, Span<byte> bytes)
    {
        int known = 0;
        return TryFill(socket, bytes, bytes.Length, ref known);
    }

    /// <summary>Reads until so many bytes are known, and whatever came with them: a message seldom takes more than one call.</summary>
    /// <param name="socket">The stream.</param>
    /// <param name="bytes">Where to; what is known stands at its beginning.</param>
    /// <param name="wanted">How many bytes must be known.</param>
    /// <param name="known">How many are.</param>
    /// <returns>False at the end before that.</returns>
    internal static bool TryFill(FileDescriptor socket, Span<byte> bytes, int wanted, ref int known)
    {
        try
        {
            while (known < wanted)
            {
                int count = DescriptorIo.Read(socket, bytes[known..]);
                if (count == 0)
                {
                    return false;
                }

                known += count;
            }

            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    // After a request that has no answer the next may have come with it.
    private static void Drop(Span<byte> received, int count, ref int known)
    {
        received[count..known].CopyTo(received);
        known -= count;
    }
}
