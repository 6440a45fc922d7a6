using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const nuint KVM_GET_API_VERSION = 0xAE00;
    internal const nuint KVM_CREATE_VM = 0xAE01;
    internal const nuint KVM_CHECK_EXTENSION = 0xAE03;
    internal const nuint KVM_GET_VCPU_MMAP_SIZE = 0xAE04;
    internal const nuint KVM_GET_SUPPORTED_CPUID = 0xC008AE05;
    internal const nuint KVM_CREATE_VCPU = 0xAE41;
    internal const nuint KVM_SET_USER_MEMORY_REGION = 0x4020AE46;
    internal const nuint KVM_SET_TSS_ADDR = 0xAE47;
    internal const nuint KVM_SET_IDENTITY_MAP_ADDR = 0x4008AE48;
    internal const nuint KVM_SET_GSI_ROUTING = 0x4008AE6A;
    internal const nuint KVM_IRQFD = 0x4020AE76;
    internal const nuint KVM_IOEVENTFD = 0x4040AE79;
    internal const nuint KVM_RUN = 0xAE80;
    internal const nuint KVM_GET_REGS = 0x8090AE81;
    internal const nuint KVM_SET_REGS = 0x4090AE82;
    internal const nuint KVM_GET_SREGS = 0x8138AE83;
    internal const nuint KVM_SET_SREGS = 0x4138AE84;
    internal const nuint KVM_INTERRUPT = 0x4004AE86;
    internal const nuint KVM_GET_MSRS = 0xC008AE88;
    internal const nuint KVM_SET_MSRS = 0x4008AE89;
    internal const nuint KVM_SET_SIGNAL_MASK = 0x4004AE8B;
    internal const nuint KVM_GET_LAPIC = 0x8400AE8E;
    internal const nuint KVM_SET_LAPIC = 0x4400AE8F;
    internal const nuint KVM_SET_CPUID2 = 0x4008AE90;
    internal const nuint KVM_GET_MP_STATE = 0x8004AE98;
    internal const nuint KVM_SET_MP_STATE = 0x4004AE99;
    internal const nuint KVM_NMI = 0xAE9A;
    internal const nuint KVM_GET_VCPU_EVENTS = 0x8040AE9F;
    internal const nuint KVM_SET_VCPU_EVENTS = 0x4040AEA0;
    internal const nuint KVM_GET_DEBUGREGS = 0x8080AEA1;
    internal const nuint KVM_SET_DEBUGREGS = 0x4080AEA2;
    internal const nuint KVM_SET_TSC_KHZ = 0xAEA2;
    internal const nuint KVM_GET_TSC_KHZ = 0xAEA3;
    internal const nuint KVM_ENABLE_CAP = 0x4068AEA3;
    internal const nuint KVM_GET_XSAVE = 0x9000AEA4;
    internal const nuint KVM_SET_XSAVE = 0x5000AEA5;
    internal const nuint KVM_SIGNAL_MSI = 0x4020AEA5;
    internal const nuint KVM_GET_XCRS = 0x8188AEA6;
    internal const nuint KVM_SET_XCRS = 0x4188AEA7;

    internal const int SIG_BLOCK = 0;
    internal const int SIG_SETMASK = 2;

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int kvm_ioctl(FileDescriptor fd, nuint request, nint argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int kvm_ioctl(FileDescriptor fd, nuint request, ref byte argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int kvm_ioctl(FileDescriptor fd, nuint request, ref KvmUserspaceMemoryRegion argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int kvm_ioctl(FileDescriptor fd, nuint request, ref KvmRegs argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int kvm_ioctl(FileDescriptor fd, nuint request, ref KvmSregs argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int pthread_sigmask(int how, in ulong set, nint old);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sigtimedwait(in ulong set, nint info, in KernelTimeSpan timeout);

    [LibraryImport(Library)]
    internal static partial int gettid();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tgkill(int tgid, int tid, int sig);
}
