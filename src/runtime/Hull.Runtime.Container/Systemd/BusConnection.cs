using System.Diagnostics;
using System.Globalization;
using System.Text;
using Hull.Linux;

namespace Hull.Runtime.Container.Systemd;

/// <summary>A connection to a message bus, or to systemd itself: one call at a time, and signals that come meanwhile.</summary>
/// <remarks>
/// Source: D-Bus Specification 0.43, "Authentication Protocol" and "Message Protocol". Not thread-safe. Every wait ends:
/// whoever does not answer in time is reported.
/// </remarks>
internal sealed class BusConnection : IDisposable
{
    private const int TimeoutMs = 30_000;
    private const int MaxLineBytes = 4096;
    private const int MaxKeptSignals = 1000;
    private const byte MethodCall = 1;

    private readonly FileDescriptor _socket;
    private readonly string _name;
    private readonly Queue<BusMessage> _signals = [];
    private uint _serial;

    private BusConnection(FileDescriptor socket, string name)
    {
        _socket = socket;
        _name = name;
    }

    /// <summary>Connects, authenticates, and says hello where there is a bus.</summary>
    /// <param name="path">The socket.</param>
    /// <param name="isBus">Whether a bus listens there, or systemd itself.</param>
    /// <exception cref="HullException">Nobody listens, or this user is refused.</exception>
    internal static BusConnection Open(string path, bool isBus)
    {
        BusConnection connection = new(UnixSocket.Connect(path), path);
        try
        {
            connection.Authenticate();
            if (isBus)
            {
                _ = connection.Call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", "", new BusWriter());
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Calls a method and waits for its answer.</summary>
    /// <exception cref="BusException">The answer is an error.</exception>
    /// <exception cref="HullException">There was none.</exception>
    internal BusMessage Call(string destination, string path, string contract, string member, string signature, BusWriter body)
    {
        uint serial = ++_serial;
        Send(Compose(serial, (destination, path, contract, member, signature), body));
        var watch = Stopwatch.StartNew();
        while (true)
        {
            BusMessage message = Receive(watch);
            if (message.Type is BusMessage.MethodReturn or BusMessage.Error && message.ReplySerial == serial)
            {
                return message.Type == BusMessage.MethodReturn ? message : throw new BusException(member, message.ErrorName, TextOf(message));
            }

            if (message.Type == BusMessage.Signal && _signals.Count < MaxKeptSignals)
            {
                _signals.Enqueue(message);
            }
        }
    }

    /// <summary>Takes the next signal, waiting for it.</summary>
    /// <exception cref="HullException">None came in time.</exception>
    internal BusMessage NextSignal(Stopwatch watch)
    {
        while (true)
        {
            BusMessage message = _signals.TryDequeue(out BusMessage? kept) ? kept : Receive(watch);
            if (message.Type == BusMessage.Signal)
            {
                return message;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    // The kernel tells the other side who we are; the text only names the same user. BEGIN goes along at once: systemd's own
    // socket forgets a first call that it reads together with BEGIN, and wakes up for it only when more arrives.
    private void Authenticate()
    {
        string user = OwnUserNamespace.OutsideIdOf(KernelProcess.EffectiveUserId).ToString(CultureInfo.InvariantCulture);
        Send(Encoding.ASCII.GetBytes($"\0AUTH EXTERNAL {Convert.ToHexString(Encoding.ASCII.GetBytes(user))}\r\nBEGIN\r\n"));
        string answer = ReceiveLine();
        if (!answer.StartsWith("OK ", StringComparison.Ordinal))
        {
            throw new HullException(ErrorKind.PermissionDenied, $"The bus '{_name}' refuses the user {user}: it said '{answer}'.");
        }
    }

    private static byte[] Compose(
        uint serial, (string Destination, string Path, string Contract, string Member, string Signature) target, BusWriter body)
    {
        BusWriter message = new();
        message.Byte((byte)'l');
        message.Byte(MethodCall);
        message.Byte(0);
        message.Byte(1);
        message.UInt32((uint)body.Length);
        message.UInt32(serial);
        (int LengthAt, int Start) fields = message.BeginArray(8);
        Field(message, 1, "o", target.Path);
        Field(message, 2, "s", target.Contract);
        Field(message, 3, "s", target.Member);
        Field(message, 6, "s", target.Destination);
        if (target.Signature.Length > 0)
        {
            message.Struct();
            message.Byte(8);
            message.Signature("g");
            message.Signature(target.Signature);
        }

        message.EndArray(fields);
        message.Align(8);
        message.Raw(body.Written);
        return message.Written.ToArray();
    }

    private static void Field(BusWriter message, byte number, string type, string value)
    {
        message.Struct();
        message.Byte(number);
        message.Signature(type);
        message.Text(value);
    }

    private static string TextOf(BusMessage message) =>
        message.Signature.StartsWith('s') ? new BusReader(message.Body.Span).Text() : "";

    private void Send(ReadOnlySpan<byte> bytes)
    {
        Errno error = HostFile.TryWrite(_socket, bytes);
        if (error != Errno.None)
        {
            throw new LinuxException("write", _name, error);
        }
    }

    private string ReceiveLine()
    {
        var watch = Stopwatch.StartNew();
        List<byte> line = [];
        byte[] one = new byte[1];
        while (line.Count < MaxLineBytes)
        {
            Fill(one, watch);
            if (one[0] == (byte)'\n')
            {
                break;
            }

            line.Add(one[0]);
        }

        return Encoding.ASCII.GetString([.. line]).TrimEnd('\r');
    }

    private BusMessage Receive(Stopwatch watch)
    {
        byte[] prefix = new byte[BusMessage.PrefixBytes];
        Fill(prefix, watch);
        int length = BusMessage.LengthOf(prefix);
        if (length < 0)
        {
            throw Damaged();
        }

        byte[] all = new byte[length];
        prefix.CopyTo(all, 0);
        Fill(all.AsSpan(prefix.Length), watch);
        return BusMessage.TryRead(all) ?? throw Damaged();
    }

    private void Fill(Span<byte> bytes, Stopwatch watch)
    {
        while (!bytes.IsEmpty)
        {
            long left = TimeoutMs - watch.ElapsedMilliseconds;
            if (left <= 0 || !KernelProcess.WaitReadable(_socket, (int)left))
            {
                throw new HullException(ErrorKind.Unavailable, $"The bus '{_name}' did not answer within {TimeoutMs / 1000} seconds.");
            }

            int count = HostFile.Read(_socket, bytes);
            if (count <= 0)
            {
                throw new HullException(ErrorKind.Unavailable, $"The bus '{_name}' closed the connection.");
            }

            bytes = bytes[count..];
        }
    }

    private HullException Damaged() => new(ErrorKind.DataLoss, $"The bus '{_name}' sent a message that cannot be read.");
}
