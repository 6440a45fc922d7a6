namespace Hull.Linux;

/// <summary>/dev/kvm.</summary>
/// <remarks>Source: the kernel's Documentation/virt/kvm/api.rst. Thread-safe.</remarks>
public sealed class KvmSystem : IDisposable
{
    private const string Device = "/dev/kvm";
    private const int ReadWriteCloseOnExec = 0x8_0002;
    private const int StableVersion = 12;
    private const int MaxCpuidEntries = 256;
    private const int CpuidEntryBytes = 40;
    private const int CpuidHeaderBytes = 8;

    private readonly FileDescriptor _fd;

    /// <summary>Opens the device.</summary>
    /// <exception cref="HullException">It is missing, not allowed, or of an unknown version.</exception>
    public KvmSystem()
        : this(OpenDevice())
    {
    }

    /// <summary>Uses the open device, which it closes.</summary>
    /// <exception cref="HullException">It is of an unknown version.</exception>
    public KvmSystem(FileDescriptor device)
    {
        _fd = device;
        int version = Libc.kvm_ioctl(_fd, Libc.KVM_GET_API_VERSION, 0);
        if (version != StableVersion)
        {
            _fd.Dispose();
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The host's KVM speaks version {version}; version 12 is needed.");
        }
    }

    /// <summary>Opens the device for whoever is handed it.</summary>
    /// <exception cref="HullException">It is missing or not allowed.</exception>
    public static FileDescriptor OpenDevice()
    {
        try
        {
            return FileDescriptor.Own(Libc.open(Device, ReadWriteCloseOnExec, 0), "open", Device);
        }
        catch (LinuxException error)
        {
            string why = error.Error is Errno.NoEnt or Errno.NoDev or Errno.Nxio
                ? $"The host has no KVM: there is no device '{Device}'"
                : $"The device '{Device}' cannot be opened: {LinuxException.TextOf(error.Error)}";
            throw new HullException(error.Kind, $"{why}; the processor 'interpreter' needs none.", error);
        }
    }

    /// <summary>Bytes of the area that a processor shares with KVM.</summary>
    public int RunAreaBytes => Check(Libc.kvm_ioctl(_fd, Libc.KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE");

    /// <summary>Whether KVM has an extension, and how much of it.</summary>
    public int Extension(int capability) => Libc.kvm_ioctl(_fd, Libc.KVM_CHECK_EXTENSION, capability);

    /// <summary>The CPUID leaves KVM can show, as struct kvm_cpuid2.</summary>
    public byte[] SupportedCpuid()
    {
        byte[] table = new byte[CpuidHeaderBytes + (MaxCpuidEntries * CpuidEntryBytes)];
        table[1] = MaxCpuidEntries >> 8;
        Check(Libc.kvm_ioctl(_fd, Libc.KVM_GET_SUPPORTED_CPUID, ref table[0]), "KVM_GET_SUPPORTED_CPUID");
        return table;
    }

    /// <summary>Makes a machine without memory, processors and interrupt chips.</summary>
    public KvmMachine CreateMachine() =>
        new(FileDescriptor.Own(Libc.kvm_ioctl(_fd, Libc.KVM_CREATE_VM, 0), "KVM_CREATE_VM"), RunAreaBytes);

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    internal static int Check(int result, string call) => result >= 0 ? result : throw LinuxException.Last("ioctl", call);
}
