namespace Hull.Cpu.Kvm;

/// <summary>Whose local APICs a machine on KVM has.</summary>
public enum InterruptChip
{
    /// <summary>KVM's where it offers all that is needed and does it right, else the board's.</summary>
    Best,

    /// <summary>KVM's own, in the kernel: the I/O APIC, and the 8259 pair of a PC, stay the board's.</summary>
    Kernel,

    /// <summary>The board's: every interrupt and every halt comes back to this process.</summary>
    Board,
}
