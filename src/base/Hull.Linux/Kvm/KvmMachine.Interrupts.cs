using System.Buffers.Binary;

namespace Hull.Linux;

// KVM's own interrupt chips: local APICs in the kernel, everything else outside. Source: Documentation/virt/kvm/api.rst.
public sealed partial class KvmMachine
{
    /// <summary>KVM_CAP_SPLIT_IRQCHIP: local APICs without the chips of a PC.</summary>
    public const int CapabilitySplitChip = 121;

    private const int CapabilityX2ApicApi = 129;
    private const int RouteHeaderBytes = 8;
    private const int RouteBytes = 48;
    private const int MessageRoute = 2;
    private const int WireBytes = 32;
    private const uint WireOff = 1;
    private const int MessageBytes = 32;

    // KVM_X2APIC_API_USE_32BIT_IDS and KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK: 255 is an id like others in x2APIC mode.
    private const uint WideIdsWithoutQuirk = 3;

    private static ReadOnlySpan<int> NeededForSplitChip =>
    [
        14, // KVM_CAP_MP_STATE
        25, // KVM_CAP_IRQ_ROUTING
        32, // KVM_CAP_IRQFD
        41, // KVM_CAP_VCPU_EVENTS
        72, // KVM_CAP_TSC_DEADLINE_TIMER
        77, // KVM_CAP_SIGNAL_MSI
        CapabilitySplitChip,
        CapabilityX2ApicApi,
    ];

    /// <summary>Whether a KVM has all that <see cref="TrySplitChip"/> and what follows it need.</summary>
    public static bool OffersSplitChip(KvmSystem system)
    {
        ArgumentNullException.ThrowIfNull(system);
        foreach (int capability in NeededForSplitChip)
        {
            if (system.Extension(capability) <= 0)
            {
                return false;
            }
        }

        return (system.Extension(CapabilityX2ApicApi) & WideIdsWithoutQuirk) == WideIdsWithoutQuirk;
    }

    /// <summary>Puts the local APICs of processors that are still to be made into the kernel.</summary>
    /// <param name="inputs">How many inputs an I/O APIC has that is not KVM's: ends of their interrupts are told.</param>
    /// <returns>False when this KVM cannot.</returns>
    public bool TrySplitChip(int inputs) =>
        TryEnable(CapabilitySplitChip, (ulong)inputs) && TryEnable(CapabilityX2ApicApi, WideIdsWithoutQuirk);

    /// <summary>Says which message each input sends; the others send none.</summary>
    /// <exception cref="LinuxException">KVM takes no more.</exception>
    public void SetRoutes(ReadOnlySpan<KvmRoute> routes)
    {
        // struct kvm_irq_routing: the count, flags; then input, kind, flags, room, and a union with address, its upper half, data.
        byte[] table = new byte[RouteHeaderBytes + (routes.Length * RouteBytes)];
        BinaryPrimitives.WriteInt32LittleEndian(table, routes.Length);
        Span<byte> at = table.AsSpan(RouteHeaderBytes);
        foreach (KvmRoute route in routes)
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, route.Input);
            BinaryPrimitives.WriteInt32LittleEndian(at[4..], MessageRoute);
            BinaryPrimitives.WriteUInt32LittleEndian(at[16..], route.Address);
            BinaryPrimitives.WriteUInt32LittleEndian(at[24..], route.Data);
            at = at[RouteBytes..];
        }

        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_SET_GSI_ROUTING, ref table[0]), "KVM_SET_GSI_ROUTING");
    }

    /// <summary>Connects an event to an input: every ring raises it, whoever rings. Rings so far count.</summary>
    /// <exception cref="LinuxException">KVM refuses.</exception>
    public void ConnectWire(int input, EventFd ring) => SetWire(input, ring, 0);

    /// <summary>Disconnects an event; when it returns, what was rung has arrived.</summary>
    /// <exception cref="LinuxException">KVM refuses.</exception>
    public void DisconnectWire(int input, EventFd ring) => SetWire(input, ring, WireOff);

    /// <summary>Sends one message.</summary>
    /// <returns>False when no local APIC takes it, which KVM calls an error.</returns>
    public bool Signal(uint address, uint data)
    {
        // struct kvm_msi: address, its upper half, data, flags, device, and room.
        Span<byte> request = stackalloc byte[MessageBytes];
        request.Clear();
        BitConverter.TryWriteBytes(request, address);
        BitConverter.TryWriteBytes(request[8..], data);
        return Libc.kvm_ioctl(_fd, Libc.KVM_SIGNAL_MSI, ref request[0]) > 0;
    }

    private void SetWire(int input, EventFd ring, uint flags)
    {
        ArgumentNullException.ThrowIfNull(ring);

        // struct kvm_irqfd: the descriptor, the input, flags, a second descriptor, and room.
        Span<byte> request = stackalloc byte[WireBytes];
        request.Clear();
        BitConverter.TryWriteBytes(request, ring.Descriptor.Number);
        BitConverter.TryWriteBytes(request[4..], input);
        BitConverter.TryWriteBytes(request[8..], flags);
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_IRQFD, ref request[0]), "KVM_IRQFD");
    }

    private bool TryEnable(int capability, ulong argument)
    {
        Span<byte> request = stackalloc byte[EnableCapBytes];
        request.Clear();
        BitConverter.TryWriteBytes(request, capability);
        BitConverter.TryWriteBytes(request[8..], argument);
        return Libc.kvm_ioctl(_fd, Libc.KVM_ENABLE_CAP, ref request[0]) == 0;
    }
}
