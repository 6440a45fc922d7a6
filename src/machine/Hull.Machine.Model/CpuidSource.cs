namespace Hull.Machine;

/// <summary>What a kind of processor answers to CPUID before a board has its say.</summary>
/// <param name="leaf">EAX.</param>
/// <param name="subleaf">ECX.</param>
public delegate CpuidResult CpuidSource(uint leaf, uint subleaf);
