namespace Hull.Machine;

/// <summary>The four registers CPUID answers in.</summary>
/// <param name="Eax">EAX.</param>
/// <param name="Ebx">EBX.</param>
/// <param name="Ecx">ECX.</param>
/// <param name="Edx">EDX.</param>
public record struct CpuidResult(uint Eax, uint Ebx, uint Ecx, uint Edx);
