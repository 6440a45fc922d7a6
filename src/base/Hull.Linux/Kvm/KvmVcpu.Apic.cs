using System.Buffers.Binary;

namespace Hull.Linux;

// The local APIC of a processor whose machine has KVM's own. Source: Documentation/virt/kvm/api.rst §5, KVM_EXIT_IOAPIC_EOI.
// SAFETY: as in the other part: fixed offsets inside the first page of the mapping.
public sealed unsafe partial class KvmVcpu
{
    /// <summary>Bytes of the registers' page that KVM keeps.</summary>
    public const int ApicBytes = 0x400;

    /// <summary>End-of-interrupt exits: the vector.</summary>
    public byte EndedVector => _run[UnionOffset];

    /// <summary>What it does between instructions; messages that wait for it are accepted first.</summary>
    public KvmMpState MpState
    {
        get
        {
            Span<byte> state = stackalloc byte[sizeof(uint)];
            Call(Libc.KVM_GET_MP_STATE, state, "KVM_GET_MP_STATE");
            return (KvmMpState)BinaryPrimitives.ReadInt32LittleEndian(state);
        }

        set
        {
            Span<byte> state = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteInt32LittleEndian(state, (int)value);
            Call(Libc.KVM_SET_MP_STATE, state, "KVM_SET_MP_STATE");
        }
    }

    /// <summary>Reads the local APIC's registers, at the offsets of their page.</summary>
    public void GetApic(Span<byte> page) => Call(Libc.KVM_GET_LAPIC, Sized(page, ApicBytes), "KVM_GET_LAPIC");

    /// <summary>Writes them; the timer starts from the current count.</summary>
    public void SetApic(Span<byte> page) => Call(Libc.KVM_SET_LAPIC, Sized(page, ApicBytes), "KVM_SET_LAPIC");

    /// <summary>Lets KVM do what it put off - a timer's interrupt, the end of another - and no instruction of the guest's.</summary>
    /// <returns>True when it came back with an exit that wants an answer.</returns>
    public bool Settle()
    {
        // A signal that waits already: KVM looks for one behind all that, before it lets the guest run.
        Bind();
        try
        {
            ClearKick();
            _ = Libc.tgkill(Environment.ProcessId, Libc.gettid(), KickSignal);
            if (!Run())
            {
                return false;
            }

            TakeSignal();
            return true;
        }
        finally
        {
            Unbind();
        }
    }

    /// <summary>The registers are others now: tells what the next run would.</summary>
    /// <param name="flag">The guest's IF.</param>
    /// <param name="isReady">Whether an interrupt may be given.</param>
    public void SetReadiness(bool flag, bool isReady)
    {
        _run[12] = isReady ? (byte)1 : (byte)0;
        _run[13] = flag ? (byte)1 : (byte)0;
    }
}
