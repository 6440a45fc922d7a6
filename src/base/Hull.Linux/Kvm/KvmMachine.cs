namespace Hull.Linux;

/// <summary>A machine of KVM's.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed partial class KvmMachine : IDisposable
{
    private const int CapabilityUserSpaceMsr = 188;
    private const int EnableCapBytes = 104;
    private const ulong ReasonsInvalidAndUnknown = 3;
    private const int DoorbellBytes = 64;
    private const uint DoorbellMatchesValue = 1;

    // Three pages KVM needs for real mode on old hardware, above anything a board here uses.
    private static readonly nint s_tssAddress = unchecked((nint)0xFFFB_D000);
    private const ulong IdentityMapAddress = 0xFFFB_C000;

    private readonly FileDescriptor _fd;
    private readonly int _runAreaBytes;

    internal KvmMachine(FileDescriptor fd, int runAreaBytes)
    {
        _fd = fd;
        _runAreaBytes = runAreaBytes;
        Span<byte> identity = stackalloc byte[sizeof(ulong)];
        BitConverter.TryWriteBytes(identity, IdentityMapAddress);
        KvmSystem.Check(
            Libc.kvm_ioctl(_fd, Libc.KVM_SET_IDENTITY_MAP_ADDR, ref identity[0]), "KVM_SET_IDENTITY_MAP_ADDR");
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_SET_TSS_ADDR, s_tssAddress), "KVM_SET_TSS_ADDR");
    }

    /// <summary>Shows host memory to the guest.</summary>
    public void SetMemory(KvmUserspaceMemoryRegion region) =>
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_SET_USER_MEMORY_REGION, ref region), "KVM_SET_USER_MEMORY_REGION");

    /// <summary>Asks KVM to hand over the model-specific registers it does not have.</summary>
    /// <returns>False when this KVM cannot.</returns>
    public bool TryExitOnUnknownMsr() => TryEnable(CapabilityUserSpaceMsr, ReasonsInvalidAndUnknown);

    /// <summary>Makes KVM ring for a processor's write of exactly this value, and let the processor go on.</summary>
    /// <param name="address">Where it writes; nothing that is memory.</param>
    /// <param name="bytes">How many bytes: 1, 2, 4 or 8.</param>
    /// <param name="value">What it writes.</param>
    /// <param name="bell">What rings; KVM keeps it until the machine is gone.</param>
    /// <returns>False when this KVM cannot, or has as many as it takes.</returns>
    /// <remarks>Source: Documentation/virt/kvm/api.rst, KVM_IOEVENTFD.</remarks>
    public bool TrySetDoorbell(ulong address, int bytes, ulong value, EventFd bell)
    {
        ArgumentNullException.ThrowIfNull(bell);

        // struct kvm_ioeventfd: the value, the address, the length, the descriptor, flags, and room.
        Span<byte> request = stackalloc byte[DoorbellBytes];
        request.Clear();
        BitConverter.TryWriteBytes(request, value);
        BitConverter.TryWriteBytes(request[8..], address);
        BitConverter.TryWriteBytes(request[16..], bytes);
        BitConverter.TryWriteBytes(request[20..], bell.Descriptor.Number);
        BitConverter.TryWriteBytes(request[24..], DoorbellMatchesValue);
        return Libc.kvm_ioctl(_fd, Libc.KVM_IOEVENTFD, ref request[0]) == 0;
    }

    /// <summary>Makes a processor.</summary>
    /// <param name="number">Its number, and its APIC id where KVM has its local APIC.</param>
    public KvmVcpu CreateVcpu(int number) =>
        new(FileDescriptor.Own(Libc.kvm_ioctl(_fd, Libc.KVM_CREATE_VCPU, number), "KVM_CREATE_VCPU"), _runAreaBytes);

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
