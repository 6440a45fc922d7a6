namespace Hull.Cpu.Interpreter;

/// <summary>Whether the VEX space beyond BMI is implemented; CPUID follows.</summary>
internal static class Vex
{
    internal static bool IsComplete => false;
}
