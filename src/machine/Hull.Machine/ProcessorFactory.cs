using Hull.Machine.Memory;

namespace Hull.Machine;

/// <summary>Makes one of a machine's processors, in the state after power-on: interpreter, translator or KVM.</summary>
/// <param name="number">Its APIC id; 0 is the one that starts.</param>
/// <param name="memory">The machine's RAM.</param>
public delegate IVirtualProcessor ProcessorFactory(int number, GuestMemory memory);
