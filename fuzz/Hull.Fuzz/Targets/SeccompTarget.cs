using System.Runtime.InteropServices;
using System.Text.Json;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Security;

namespace Hull.Fuzz.Targets;

/// <summary>A seccomp profile to a program, which must pass what the kernel's checker asks.</summary>
internal sealed class SeccompTarget : IFuzzTarget
{
    private const int MostInstructions = 4096;
    private const byte Return = 0x06;
    private const byte JumpAlways = 0x05;
    private const byte JumpClass = 0x05;
    private const byte ClassMask = 0x07;

    public string Name => "seccomp";

    public IReadOnlyList<byte[]> Seeds { get; } = [Write(CapabilitySet.None), Write(CapabilitySet.ContainerDefault), Write(CapabilitySet.Known)];

    public void Run(ReadOnlyMemory<byte> input)
    {
        SeccompSpec? profile;
        try
        {
            profile = JsonSerializer.Deserialize(input.Span, RuntimeJson.Default.RuntimeSpec)?.Linux?.Seccomp;
        }
        catch (JsonException)
        {
            return;
        }

        if (profile is not null)
        {
            Check(SeccompCompiler.Compile(profile, SeccompArchitecture.X64).Filter.Span);
            Check(SeccompCompiler.Compile(profile, SeccompArchitecture.Arm64).Filter.Span);
        }
    }

    private static byte[] Write(CapabilitySet capabilities) => JsonSerializer.SerializeToUtf8Bytes(
        new RuntimeSpec { Linux = new LinuxSpec { Seccomp = DefaultSeccompProfile.For(capabilities, Architecture.X64) } },
        RuntimeJson.Default.RuntimeSpec);

    // Source: bpf_check_classic in Documentation/networking/filter.rst: jumps stay inside, the end is a return.
    private static void Check(ReadOnlySpan<byte> program)
    {
        int count = program.Length / SeccompProgram.InstructionBytes;
        Require(count is > 0 and <= MostInstructions, "the length");
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> instruction = program[(i * SeccompProgram.InstructionBytes)..];
            if (instruction[0] == JumpAlways)
            {
                Require(i + 1L + MemoryMarshal.Read<uint>(instruction[4..]) < count, "a jump");
            }
            else if ((instruction[0] & ClassMask) == JumpClass)
            {
                Require(i + 1 + Math.Max(instruction[2], instruction[3]) < count, "a branch");
            }
        }

        Require(program[(count - 1) * SeccompProgram.InstructionBytes] == Return, "the end");
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidOperationException($"The kernel would refuse the program: {what} is wrong.");
        }
    }
}
