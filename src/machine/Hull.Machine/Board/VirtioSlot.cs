namespace Hull.Machine.Board;

/// <summary>Where one virtio-mmio device sits.</summary>
/// <param name="Address">First address of its registers.</param>
/// <param name="Interrupt">Its interrupt input.</param>
public readonly record struct VirtioSlot(uint Address, int Interrupt);
