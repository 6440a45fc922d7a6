using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Hull.Cpu.Native.Tests;

/// <summary>Random instructions on the host's processor and on the interpreter: what they leave behind is equal.</summary>
/// <remarks>HULL_NATIVE_SECONDS, HULL_NATIVE_SEED, HULL_NATIVE_FAMILIES, HULL_NATIVE_MOST: how long, which, what, and after how many differences to stop.</remarks>
public sealed class NativeTests(ITestOutputHelper output)
{
    private const int Instructions = 400_000;

    [Fact]
    public void RandomInstructions_OnHostAndInterpreter_LeaveTheSameState()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "This host is not x86-64.");
        Assert.SkipUnless(Avx2.IsSupported && Bmi2.X64.IsSupported, "This host's processor lacks AVX2 or BMI2, which the rig saves and draws.");
        int seed = Number("HULL_NATIVE_SEED", 1);
        var families = (NativeFamilies)Number("HULL_NATIVE_FAMILIES", (int)NativeFamilies.All);
        bool timed = Number("HULL_NATIVE_SECONDS", 0) > 0;
        var length = TimeSpan.FromSeconds(Number("HULL_NATIVE_SECONDS", 0));
        int most = Number("HULL_NATIVE_MOST", 40);
        using NativeRig rig = new(seed, families);
        var clock = Stopwatch.StartNew();
        while ((timed ? clock.Elapsed < length : rig.Instructions < Instructions) && rig.Differences.Count < most)
        {
            rig.RunBatch();
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{rig.Instructions:n0} instructions, {rig.Faults:n0} faults, {rig.Inconclusive:n0} inconclusive in {clock.Elapsed.TotalSeconds:0.0} s, seed {seed}"));
        Assert.True(rig.Differences.Count == 0, $"seed {seed}\n{string.Join('\n', rig.Differences.Select(one => $"[{rig.Counts[one.Key]}] {one.Key}\n    {one.Text}"))}");
    }

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
