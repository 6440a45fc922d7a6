namespace Hull.Linux;

/// <summary>One address of a network interface.</summary>
/// <remarks>Source: rtnetlink(7), struct ifaddrmsg and the IFA_* attributes.</remarks>
public sealed record InterfaceAddress
{
    private const uint PermanentFlag = 0x80;

    /// <summary>AF_INET (2) or AF_INET6 (10).</summary>
    public required byte Family { get; init; }

    /// <summary>How many leading bits name the network.</summary>
    public required byte PrefixLength { get; init; }

    /// <summary>IFA_F_* bits.</summary>
    public required uint Flags { get; init; }

    /// <summary>RT_SCOPE_*: 0 is the whole world.</summary>
    public required byte Scope { get; init; }

    /// <summary>Which interface has it.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>The interface's own address, in network order; empty where the kernel gave none (IPv6).</summary>
    public ReadOnlyMemory<byte> Local { get; init; }

    /// <summary>The prefix's address, or the peer's on a point-to-point link.</summary>
    public ReadOnlyMemory<byte> Address { get; init; }

    /// <summary>The broadcast address; empty for none.</summary>
    public ReadOnlyMemory<byte> Broadcast { get; init; }

    /// <summary>Whether it was configured by somebody and stays; not from DHCP or a router's announcement.</summary>
    public bool IsPermanent => (Flags & PermanentFlag) != 0;

    /// <summary>Whether it is valid everywhere, not just on a link or a host.</summary>
    public bool IsGlobal => Scope == 0;
}
