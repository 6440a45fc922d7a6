using System.Buffers.Binary;
using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Sharing;

/// <summary>Answers a <see cref="RemoteFileServer"/> until that one is gone.</summary>
/// <remarks>
/// A request is two numbers of four bytes, little-endian, its length and the room for its answer, and then the request; an
/// answer is its length and itself. The other side is not trusted: it may be a guest that broke out of its machine.
/// </remarks>
public static class FileServerConnection
{
    internal const int HeaderBytes = 2 * sizeof(int);

    /// <summary>A length that says that the guest is gone; it has no answer.</summary>
    internal const int ResetLength = -1;

    internal const int Gone = -1;

    /// <summary>Serves until the other side is gone or sends what is no request.</summary>
    /// <param name="socket">The stream.</param>
    /// <param name="server">Answers.</param>
    public static void Serve(FileDescriptor socket, IFileServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        byte[] request = new byte[server.MaxRequestBytes];
        byte[] answer = new byte[sizeof(int) + server.MaxAnswerBytes];
        byte[] header = new byte[HeaderBytes];
        while (TryFill(socket, header))
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(header);
            int room = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(sizeof(int)));
            if (length == ResetLength)
            {
                server.Reset();
                continue;
            }

            if (length < 0 || length > request.Length || room < 0 || room > server.MaxAnswerBytes
                || !TryFill(socket, request.AsSpan(0, length)))
            {
                return;
            }

            int written = server.Handle(request.AsSpan(0, length), answer.AsSpan(sizeof(int), room));
            BinaryPrimitives.WriteInt32LittleEndian(answer, written);
            if (!TryWrite(socket, answer.AsSpan(0, sizeof(int) + written)))
            {
                return;
            }
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

    internal static bool TryFill(FileDescriptor socket, Span<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                int count = DescriptorIo.Read(socket, bytes);
                if (count == 0)
                {
                    return false;
                }

                bytes = bytes[count..];
            }

            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }
}
