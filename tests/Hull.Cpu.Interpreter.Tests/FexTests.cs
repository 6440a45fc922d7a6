using System.Globalization;
using System.Text.Json;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>
/// FEX's assembly tests: whoever runs them names their folder in HULL_FEX_ASM and has put each program, flat for address 10000h, beside
/// its source, X.bin beside X.asm. The source is read for the registers that it expects.
/// </summary>
public sealed class FexTests
{
    private static readonly string[] s_names =
        ["RAX", "RCX", "RDX", "RBX", "RSP", "RBP", "RSI", "RDI", "R8", "R9", "R10", "R11", "R12", "R13", "R14", "R15"];

    [Fact]
    public void Programs_WithExpectedRegisters_EndWithThem()
    {
        string? root = Environment.GetEnvironmentVariable("HULL_FEX_ASM");
        Assert.SkipUnless(Directory.Exists(root), "HULL_FEX_ASM does not name FEX's unittests/ASM.");
        string only = Environment.GetEnvironmentVariable("HULL_FEX_ONLY") ?? "";
        List<string> failures = [];
        int passed = 0;
        int total = 0;
        foreach (string file in Directory.EnumerateFiles(root, "*.asm", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(root, file);
            if (!name.StartsWith(only, StringComparison.Ordinal))
            {
                continue;
            }

            total++;
            string? failure = RunOne(file);
            passed += failure is null ? 1 : 0;
            if (failure is not null)
            {
                failures.Add($"{name}: {failure}");
            }
        }

        File.WriteAllLines(Path.Combine(Path.GetTempPath(), "hull-fex-failures.txt"), failures);
        TestContext.Current.SendDiagnosticMessage($"FEX: {passed} of {total} pass.");
        int least = int.Parse(Environment.GetEnvironmentVariable("HULL_FEX_LEAST") ?? "1", CultureInfo.InvariantCulture);
        Assert.True(passed >= least, $"{passed} of {total} pass; see hull-fex-failures.txt in the temporary folder.");
    }

    private static string? RunOne(string file)
    {
        string text = File.ReadAllText(file);
        int start = text.IndexOf("%ifdef CONFIG", StringComparison.Ordinal);
        int end = text.IndexOf("%endif", StringComparison.Ordinal);
        if (start < 0 || end < 0)
        {
            return "no configuration";
        }

        using JsonDocument config = JsonDocument.Parse(
            text[(start + 13)..end], new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        string program = Path.ChangeExtension(file, ".bin");
        return !File.Exists(program) ? "has no program beside it" : Execute(File.ReadAllBytes(program), config.RootElement);
    }

    private static string? Execute(byte[] code, JsonElement config)
    {
        using LongModeRig rig = new();
        rig.State.General[4] = 0xE8000000 - 0x1000;
        rig.State.Cr4 |= 0x40000; // XGETBV and XSAVE, of x87, SSE and AVX
        rig.State.Xcr0 = 7;
        foreach (JsonProperty part in Each(config, "MemoryData"))
        {
            ulong at = Convert.ToUInt64(part.Name, 16);
            foreach (string word in part.Value.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                byte[] bytes = Convert.FromHexString(word.Replace("0x", "", StringComparison.Ordinal));
                Array.Reverse(bytes);
                rig.Memory.TryWrite(new GuestAddress(at), bytes);
                at += (ulong)bytes.Length;
            }
        }

        ProcessorStop stop = rig.Run(code);
        if (stop != ProcessorStop.Halted)
        {
            return $"{stop} at {rig.State.Rip:x}";
        }

        // A register named twice: the last one counts.
        foreach (JsonProperty part in Each(config, "RegData").GroupBy(one => one.Name).Select(group => group.Last()))
        {
            if (!Matches(ref rig.State, part, out string? difference))
            {
                return difference;
            }
        }

        return null;
    }

    private static ulong Number(string text) => text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
        ? Convert.ToUInt64(text, 16)
        : ulong.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<JsonProperty> Each(JsonElement config, string name) =>
        config.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : [];

    private static bool Matches(ref ProcessorState state, JsonProperty expected, out string? difference)
    {
        ulong[] words = expected.Value.ValueKind == JsonValueKind.Array
            ? [.. expected.Value.EnumerateArray().Select(one => Number(one.GetString()!))]
            : [Number(expected.Value.GetString()!)];
        difference = null;
        int general = Array.IndexOf(s_names, expected.Name);
        for (int i = 0; i < words.Length; i++)
        {
            ulong actual;
            if (general >= 0)
            {
                actual = state.General[general];
            }
            else if (expected.Name.StartsWith("XMM", StringComparison.Ordinal))
            {
                actual = state.Vector[(int.Parse(expected.Name[3..], CultureInfo.InvariantCulture) * 4) + i];
            }
            else if (expected.Name.StartsWith("MM", StringComparison.Ordinal))
            {
                FloatingPointRegister r = state.FloatingPoint[int.Parse(expected.Name[2..], CultureInfo.InvariantCulture)];
                actual = i == 0 ? r.Significand : r.SignExponent;
            }
            else
            {
                return true;
            }

            if (actual != words[i])
            {
                difference = $"{expected.Name}[{i}] is {actual:x}, expected {words[i]:x}";
                return false;
            }
        }

        return true;
    }
}
