using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A processor of KVM's and the area it shares with us.</summary>
/// <remarks>
/// Belongs to one thread, except for <see cref="Kick"/>. Source: the kernel's Documentation/virt/kvm/api.rst §5.
/// </remarks>
// SAFETY: _run is a mapping of _runBytes that lives until Dispose; every access below is at a fixed offset inside the
// first page, or in Data, which checks offset and length against the mapping.
public sealed unsafe partial class KvmVcpu : IDisposable
{
    /// <summary>Bytes of an XSAVE area.</summary>
    public const int XsaveBytes = 4096;

    // A real-time signal nobody else in this process uses; blocked, taken with sigtimedwait, never handled.
    private const int KickSignal = 44;
    private const ulong KickMask = 1ul << (KickSignal - 1);
    private const int KernelSignalBytes = 8;
    private const int UnionOffset = 32;

    private readonly FileDescriptor _fd;
    private readonly int _runBytes;
    private readonly Lock _kicks = new();
    private byte* _run;
    private volatile int _thread;

    internal KvmVcpu(FileDescriptor fd, int runBytes)
    {
        _fd = fd;
        _runBytes = runBytes;
        nint run = Libc.mmap(0, (nuint)runBytes, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, fd.Number, 0);
        if (run == -1)
        {
            LinuxException error = LinuxException.Last("mmap", "KVM run area");
            fd.Dispose();
            throw error;
        }

        _run = (byte*)run;
        Span<byte> mask = stackalloc byte[sizeof(uint) + KernelSignalBytes];
        mask.Clear();
        mask[0] = KernelSignalBytes;
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_SET_SIGNAL_MASK, ref mask[0]), "KVM_SET_SIGNAL_MASK");
    }

    /// <summary>Why the last run ended.</summary>
    public KvmExit ExitReason => (KvmExit)(*(uint*)(_run + 8));

    /// <summary>Whether an interrupt may be given now.</summary>
    public bool IsReadyForInterrupt => _run[12] != 0;

    /// <summary>The guest's IF.</summary>
    public bool InterruptFlag => _run[13] != 0;

    /// <summary>CR8, both ways.</summary>
    public ulong Cr8
    {
        get => *(ulong*)(_run + 16);
        set => *(ulong*)(_run + 16) = value;
    }

    /// <summary>Exits that say that KVM cannot go on: the hardware's reason, or which of KVM's own errors.</summary>
    public ulong Reason => *(ulong*)(_run + UnionOffset);

    /// <summary>Port exits: true for OUT.</summary>
    public bool IsOut => _run[UnionOffset] != 0;

    /// <summary>Port exits: bytes of one access.</summary>
    public int IoSize => _run[UnionOffset + 1];

    /// <summary>Port exits: the port.</summary>
    public ushort IoPort => *(ushort*)(_run + UnionOffset + 2);

    /// <summary>Port exits: how many accesses (REP).</summary>
    public int IoCount => *(int*)(_run + UnionOffset + 4);

    /// <summary>Address exits: the guest-physical address.</summary>
    public ulong MmioAddress => *(ulong*)(_run + UnionOffset);

    /// <summary>Address exits: the bytes.</summary>
    public Span<byte> MmioData => new(_run + UnionOffset + 8, sizeof(ulong));

    /// <summary>Address exits: how many bytes.</summary>
    public int MmioSize => *(int*)(_run + UnionOffset + 16);

    /// <summary>Address exits: true for a store.</summary>
    public bool IsMmioWrite => _run[UnionOffset + 20] != 0;

    /// <summary>Register exits: the register.</summary>
    public uint MsrIndex => *(uint*)(_run + UnionOffset + 12);

    /// <summary>Register exits: the value, both ways.</summary>
    public ulong MsrData
    {
        get => *(ulong*)(_run + UnionOffset + 16);
        set => *(ulong*)(_run + UnionOffset + 16) = value;
    }

    /// <summary>Port exits: the bytes of one of the accesses.</summary>
    public Span<byte> IoData(int access)
    {
        long offset = *(long*)(_run + UnionOffset + 8) + ((long)access * IoSize);
        return offset >= 0 && offset + IoSize <= _runBytes
            ? new Span<byte>(_run + offset, IoSize)
            : throw new LinuxException("ioctl", "KVM_RUN", Errno.Inval);
    }

    /// <summary>Register exits: the guest gets a general-protection fault, or not.</summary>
    public void SetMsrError(bool isError) => _run[UnionOffset] = isError ? (byte)1 : (byte)0;

    /// <summary>Asks for an exit as soon as the guest can take an interrupt.</summary>
    public void RequestInterruptWindow(bool wanted) => _run[0] = wanted ? (byte)1 : (byte)0;

    /// <summary>Binds the processor to the calling thread; before it runs there.</summary>
    public void Bind()
    {
        _ = Libc.pthread_sigmask(Libc.SIG_BLOCK, KickMask, 0);
        _thread = Libc.gettid();
    }

    /// <summary>Kicks no longer reach the thread, which may end or do something else.</summary>
    public void Unbind() => _thread = 0;

    /// <summary>Runs the guest; <see cref="ExitReason"/> tells why it came back.</summary>
    /// <returns>False when somebody kicked; the reason then means nothing.</returns>
    /// <exception cref="LinuxException">KVM cannot run it.</exception>
    public bool Run()
    {
        if (Libc.kvm_ioctl(_fd, Libc.KVM_RUN, 0) == 0)
        {
            return true;
        }

        Errno error = (Errno)Marshal.GetLastPInvokeError();
        if (error is not (Errno.Intr or Errno.Again))
        {
            throw new LinuxException("ioctl", "KVM_RUN", error);
        }

        TakeSignal();
        return false;
    }

    /// <summary>Forgets kicks so far; the caller looks at what they were for afterwards.</summary>
    public void ClearKick() => Volatile.Write(ref _run[1], 0);

    /// <summary>Makes the current or the next run end at once. From any thread, and also when it is too late.</summary>
    public void Kick()
    {
        lock (_kicks)
        {
            // A timer of the board's may outlive the processor.
            if (_run is null)
            {
                return;
            }

            Volatile.Write(ref _run[1], 1);
        }

        int thread = _thread;
        if (thread != 0 && thread != Libc.gettid())
        {
            _ = Libc.tgkill(Environment.ProcessId, thread, KickSignal);
        }
    }

    /// <summary>Lets the last access complete without running the guest on.</summary>
    public void CompleteAccess()
    {
        Volatile.Write(ref _run[1], 1);
        _ = Run();
        Volatile.Write(ref _run[1], 0);
    }

    /// <summary>Gives the guest an interrupt; only when it is ready.</summary>
    public void Interrupt(byte vector)
    {
        Span<byte> request = stackalloc byte[sizeof(uint)];
        request.Clear();
        request[0] = vector;
        Call(Libc.KVM_INTERRUPT, request, "KVM_INTERRUPT");
    }

    /// <summary>Gives the guest a non-maskable interrupt.</summary>
    public void Nmi() => KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_NMI, 0), "KVM_NMI");

    /// <summary>Frequency of the guest's time-stamp counter.</summary>
    public uint TscKhz => (uint)KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_GET_TSC_KHZ, 0), "KVM_GET_TSC_KHZ");

    /// <summary>Sets it; false where the hardware cannot scale its counter.</summary>
    public bool TrySetTscKhz(uint khz) => Libc.kvm_ioctl(_fd, Libc.KVM_SET_TSC_KHZ, (nint)khz) == 0;

    /// <summary>Reads the general registers.</summary>
    public KvmRegs GetRegs()
    {
        KvmRegs value = default;
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_GET_REGS, ref value), "KVM_GET_REGS");
        return value;
    }

    /// <summary>Writes the general registers.</summary>
    public void SetRegs(KvmRegs value) =>
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_SET_REGS, ref value), "KVM_SET_REGS");

    /// <summary>Reads the system registers.</summary>
    public KvmSregs GetSregs()
    {
        KvmSregs value = default;
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_GET_SREGS, ref value), "KVM_GET_SREGS");
        return value;
    }

    /// <summary>Writes the system registers.</summary>
    public void SetSregs(KvmSregs value) =>
        KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_SET_SREGS, ref value), "KVM_SET_SREGS");

    /// <summary>Sets the CPUID leaves, as struct kvm_cpuid2.</summary>
    public void SetCpuid(Span<byte> table) => Call(Libc.KVM_SET_CPUID2, table, "KVM_SET_CPUID2");

    /// <summary>Reads the XSAVE area.</summary>
    public void GetXsave(Span<byte> area) => Call(Libc.KVM_GET_XSAVE, Sized(area, XsaveBytes), "KVM_GET_XSAVE");

    /// <summary>Writes the XSAVE area.</summary>
    public void SetXsave(Span<byte> area) => Call(Libc.KVM_SET_XSAVE, Sized(area, XsaveBytes), "KVM_SET_XSAVE");

    /// <summary>Reads one model-specific register; 0 when there is none.</summary>
    public ulong GetMsr(uint index)
    {
        Span<byte> request = stackalloc byte[24];
        request.Clear();
        request[0] = 1;
        BitConverter.TryWriteBytes(request[8..], index);
        Call(Libc.KVM_GET_MSRS, request, "KVM_GET_MSRS");
        return BitConverter.ToUInt64(request[16..]);
    }

    /// <summary>Writes one model-specific register; nothing happens when there is none.</summary>
    public void SetMsr(uint index, ulong value) => _ = TrySetMsr(index, value);

    /// <summary>Writes one model-specific register.</summary>
    /// <returns>False when there is none, or it does not take the value.</returns>
    public bool TrySetMsr(uint index, ulong value)
    {
        Span<byte> request = stackalloc byte[24];
        request.Clear();
        request[0] = 1;
        BitConverter.TryWriteBytes(request[8..], index);
        BitConverter.TryWriteBytes(request[16..], value);
        return KvmSystem.Check(Libc.kvm_ioctl(_fd, Libc.KVM_SET_MSRS, ref request[0]), "KVM_SET_MSRS") == 1;
    }

    /// <summary>XCR0.</summary>
    public ulong Xcr0
    {
        get
        {
            Span<byte> area = stackalloc byte[392];
            area.Clear();
            Call(Libc.KVM_GET_XCRS, area, "KVM_GET_XCRS");
            return BitConverter.ToUInt64(area[16..]);
        }

        set
        {
            Span<byte> area = stackalloc byte[392];
            area.Clear();
            area[0] = 1;
            BitConverter.TryWriteBytes(area[16..], value);
            Call(Libc.KVM_SET_XCRS, area, "KVM_SET_XCRS");
        }
    }

    /// <summary>Reads DR0 to DR3, DR6 and DR7.</summary>
    public void GetDebug(Span<ulong> six)
    {
        Span<byte> area = stackalloc byte[128];
        Call(Libc.KVM_GET_DEBUGREGS, area, "KVM_GET_DEBUGREGS");
        MemoryMarshal.Cast<byte, ulong>(area)[..6].CopyTo(six);
    }

    /// <summary>Writes DR0 to DR3, DR6 and DR7.</summary>
    public void SetDebug(ReadOnlySpan<ulong> six)
    {
        Span<byte> area = stackalloc byte[128];
        area.Clear();
        six[..6].CopyTo(MemoryMarshal.Cast<byte, ulong>(area));
        Call(Libc.KVM_SET_DEBUGREGS, area, "KVM_SET_DEBUGREGS");
    }

    /// <summary>Reads pending events, as struct kvm_vcpu_events of 64 bytes.</summary>
    public void GetEvents(Span<byte> area) => Call(Libc.KVM_GET_VCPU_EVENTS, Sized(area, 64), "KVM_GET_VCPU_EVENTS");

    /// <summary>Writes pending events, as struct kvm_vcpu_events of 64 bytes.</summary>
    public void SetEvents(Span<byte> area) => Call(Libc.KVM_SET_VCPU_EVENTS, Sized(area, 64), "KVM_SET_VCPU_EVENTS");

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_kicks)
        {
            if (_run is not null)
            {
                _ = Libc.munmap((nint)_run, (nuint)_runBytes);
                _run = null;
            }
        }

        _fd.Dispose();
    }

    private static void TakeSignal()
    {
        Libc.KernelTimeSpan none = default;
        _ = Libc.sigtimedwait(KickMask, 0, in none);
    }

    private static Span<byte> Sized(Span<byte> area, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(area.Length, bytes);
        return area;
    }

    private void Call(nuint request, Span<byte> argument, string name) =>
        KvmSystem.Check(Libc.kvm_ioctl(_fd, request, ref argument[0]), name);
}
