using System.Buffers.Binary;
using System.Text;

namespace Hull.Linux;

/// <summary>Network interfaces and their addresses, asked and changed in the network namespace the socket was made in.</summary>
/// <remarks>Source: netlink(7), rtnetlink(7). Not thread-safe.</remarks>
public sealed class RouteSocket : IDisposable
{
    // A dump's messages are at most 32 KiB: linux/netlink.h, NLMSG_GOODSIZE and netlink_dump().
    private const int AnswerBytes = 32 * 1024;
    private const int HeaderBytes = 16;
    private const int LinkBytes = 16;
    private const int AddressBytes = 8;

    private readonly FileDescriptor _socket;
    private readonly byte[] _answer = new byte[AnswerBytes];
    private uint _sequence;

    private RouteSocket(FileDescriptor socket) => _socket = socket;

    /// <summary>Opens a socket in this thread's network namespace.</summary>
    /// <exception cref="LinuxException">It failed.</exception>
    public static RouteSocket Open() => new(FileDescriptor.Own(
        Libc.socket(Libc.AF_NETLINK, Libc.SOCK_RAW | Libc.SOCK_CLOEXEC, Libc.NETLINK_ROUTE), "socket", "AF_NETLINK"));

    /// <summary>Takes over a socket that was made elsewhere, in another namespace.</summary>
    public static RouteSocket Adopt(FileDescriptor socket) => new(socket);

    /// <summary>Finds an interface by name.</summary>
    /// <returns>Its index; null when there is none of that name.</returns>
    /// <exception cref="LinuxException">The kernel refused the question.</exception>
    public int? TryFind(string name)
    {
        RouteRequest request = new(Libc.RTM_GETLINK, Libc.NLM_F_REQUEST | Libc.NLM_F_ACK, LinkBytes);
        request.Add(Libc.IFLA_IFNAME, NameBytes(name));
        int? index = null;
        Errno error = Ask(request, (type, body) =>
        {
            if (type == Libc.RTM_NEWLINK && body.Length >= LinkBytes)
            {
                index = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
            }
        });
        return error switch
        {
            Errno.None => index,
            Errno.NoDev => null,
            _ => throw new LinuxException("RTM_GETLINK", name, error),
        };
    }

    /// <summary>The names of all interfaces, by index.</summary>
    /// <exception cref="LinuxException">The kernel refused the question.</exception>
    public Dictionary<int, string> List()
    {
        Dictionary<int, string> all = [];
        RouteRequest request = new(Libc.RTM_GETLINK, Libc.NLM_F_REQUEST | Libc.NLM_F_DUMP, LinkBytes);
        Errno error = Ask(request, (type, body) =>
        {
            if (type == Libc.RTM_NEWLINK && body.Length >= LinkBytes)
            {
                ReadOnlySpan<byte> name = RouteRequest.Find(body[LinkBytes..], Libc.IFLA_IFNAME).TrimEnd((byte)0);
                all[BinaryPrimitives.ReadInt32LittleEndian(body[4..])] = Encoding.UTF8.GetString(name);
            }
        });
        return error == Errno.None ? all : throw new LinuxException("RTM_GETLINK", "all", error);
    }

    /// <summary>The addresses of one interface, of all families.</summary>
    /// <exception cref="LinuxException">The kernel refused the question.</exception>
    public List<InterfaceAddress> ListAddresses(int index)
    {
        List<InterfaceAddress> all = [];
        RouteRequest request = new(Libc.RTM_GETADDR, Libc.NLM_F_REQUEST | Libc.NLM_F_DUMP, AddressBytes);
        Errno error = Ask(request, (type, body) =>
        {
            if (type == Libc.RTM_NEWADDR && body.Length >= AddressBytes
                && BinaryPrimitives.ReadInt32LittleEndian(body[4..]) == index)
            {
                all.Add(ReadAddress(body));
            }
        });
        return error == Errno.None ? all : throw new LinuxException("RTM_GETADDR", "all", error);
    }

    /// <summary>Switches an interface on or off.</summary>
    /// <exception cref="LinuxException">The kernel refused it.</exception>
    public void SetUp(int index, bool isUp, string subject)
    {
        RouteRequest request = new(Libc.RTM_NEWLINK, Libc.NLM_F_REQUEST | Libc.NLM_F_ACK, LinkBytes);
        BinaryPrimitives.WriteInt32LittleEndian(request.Body[4..], index);
        BinaryPrimitives.WriteUInt32LittleEndian(request.Body[8..], isUp ? Libc.IFF_UP : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(request.Body[12..], Libc.IFF_UP);
        Require(request, "RTM_NEWLINK", subject);
    }

    /// <summary>Moves an interface into another network namespace and renames it, in one operation.</summary>
    /// <param name="index">Which.</param>
    /// <param name="name">Its name there; <c>%d</c> lets the kernel choose a number.</param>
    /// <param name="target">The other namespace, open.</param>
    /// <exception cref="LinuxException">The kernel refused it.</exception>
    public void Move(int index, string name, FileDescriptor target)
    {
        ArgumentNullException.ThrowIfNull(target);
        RouteRequest request = new(Libc.RTM_NEWLINK, Libc.NLM_F_REQUEST | Libc.NLM_F_ACK, LinkBytes);
        BinaryPrimitives.WriteInt32LittleEndian(request.Body[4..], index);
        Span<byte> number = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(number, target.Number);
        request.Add(Libc.IFLA_IFNAME, NameBytes(name));
        request.Add(Libc.IFLA_NET_NS_FD, number);
        Require(request, "RTM_NEWLINK", name);
    }

    /// <summary>Gives an interface an address that another one had.</summary>
    /// <exception cref="LinuxException">The kernel refused it.</exception>
    public void Add(int index, InterfaceAddress address, string subject)
    {
        ArgumentNullException.ThrowIfNull(address);
        RouteRequest request = new(
            Libc.RTM_NEWADDR, Libc.NLM_F_REQUEST | Libc.NLM_F_ACK | Libc.NLM_F_CREATE | Libc.NLM_F_EXCL, AddressBytes);
        Span<byte> body = request.Body;
        body[0] = address.Family;
        body[1] = address.PrefixLength;
        body[3] = address.Scope;
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], index);
        AddIfAny(request, Libc.IFA_LOCAL, address.Local);
        AddIfAny(request, Libc.IFA_ADDRESS, address.Address);
        AddIfAny(request, Libc.IFA_BROADCAST, address.Broadcast);
        Require(request, "RTM_NEWADDR", subject);
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private static void AddIfAny(RouteRequest request, ushort type, ReadOnlyMemory<byte> value)
    {
        if (!value.IsEmpty)
        {
            request.Add(type, value.Span);
        }
    }

    private static InterfaceAddress ReadAddress(ReadOnlySpan<byte> body)
    {
        ReadOnlySpan<byte> attributes = body[AddressBytes..];
        ReadOnlySpan<byte> flags = RouteRequest.Find(attributes, Libc.IFA_FLAGS);
        return new InterfaceAddress
        {
            Family = body[0],
            PrefixLength = body[1],
            Flags = flags.Length >= sizeof(uint) ? BinaryPrimitives.ReadUInt32LittleEndian(flags) : body[2],
            Scope = body[3],
            InterfaceIndex = BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            Local = RouteRequest.Find(attributes, Libc.IFA_LOCAL).ToArray(),
            Address = RouteRequest.Find(attributes, Libc.IFA_ADDRESS).ToArray(),
            Broadcast = RouteRequest.Find(attributes, Libc.IFA_BROADCAST).ToArray(),
        };
    }

    private static byte[] NameBytes(string name) => Encoding.UTF8.GetBytes(name + '\0');

    private void Require(RouteRequest request, string call, string subject)
    {
        Errno error = Ask(request, null);
        if (error != Errno.None)
        {
            throw new LinuxException(call, subject, error);
        }
    }

    private Errno Ask(RouteRequest request, MessageReader? reader)
    {
        uint sequence = ++_sequence;
        Errno error = HostFile.TryWrite(_socket, request.Finish(sequence));
        if (error != Errno.None)
        {
            return error;
        }

        while (true)
        {
            int count = HostFile.Read(_socket, _answer);
            if (count < 0)
            {
                throw LinuxException.Last("read", "AF_NETLINK");
            }

            if (TakeAll(_answer.AsSpan(0, count), sequence, reader) is Errno end)
            {
                return end;
            }
        }
    }

    // One datagram has several messages; an error (0 for success) or "done" ends the answer.
    private static Errno? TakeAll(ReadOnlySpan<byte> datagram, uint sequence, MessageReader? reader)
    {
        while (datagram.Length >= HeaderBytes)
        {
            int length = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(datagram), (uint)datagram.Length);
            ushort type = BinaryPrimitives.ReadUInt16LittleEndian(datagram[4..]);
            if (length < HeaderBytes)
            {
                return Errno.IO;
            }

            ReadOnlySpan<byte> body = datagram[HeaderBytes..length];
            if (BinaryPrimitives.ReadUInt32LittleEndian(datagram[8..]) == sequence)
            {
                if (type is Libc.NLMSG_ERROR or Libc.NLMSG_DONE)
                {
                    return body.Length >= sizeof(int) ? (Errno)(-BinaryPrimitives.ReadInt32LittleEndian(body)) : Errno.None;
                }

                reader?.Invoke(type, body);
            }

            datagram = datagram[Math.Min((length + 3) & -4, datagram.Length)..];
        }

        return null;
    }

    private delegate void MessageReader(ushort type, ReadOnlySpan<byte> body);
}
