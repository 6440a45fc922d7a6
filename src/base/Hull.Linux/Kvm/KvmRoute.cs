namespace Hull.Linux;

/// <summary>What KVM sends to its local APICs when an input is raised: a message as a device on PCI writes it.</summary>
/// <param name="Input">The input: a global system interrupt.</param>
/// <param name="Address">Where the message goes.</param>
/// <param name="Data">What it says.</param>
/// <remarks>Source: Documentation/virt/kvm/api.rst, KVM_SET_GSI_ROUTING; Intel SDM vol. 3A §11.11.</remarks>
public readonly record struct KvmRoute(int Input, uint Address, uint Data);
