namespace Hull.Machine;

/// <summary>An interrupt as a memory write: what an I/O APIC, or a device by itself, sends to local APICs.</summary>
/// <param name="Address">To whom.</param>
/// <param name="Data">What.</param>
/// <remarks>Source: Intel SDM vol. 3A §11.11.</remarks>
public readonly record struct MessageSignal(uint Address, uint Data);
