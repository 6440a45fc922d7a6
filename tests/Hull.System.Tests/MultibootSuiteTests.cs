using System.Globalization;
using Hull.Cpu.Interpreter;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Host;

namespace Hull.System.Tests;

/// <summary>
/// kvm-unit-tests on the interpreter: whoever runs this has built them and names the folder in HULL_KVM_UNIT_TESTS, and i386 in HULL_KVM_UNIT_ARCH
/// unless they are for x86_64.
/// HULL_KVM_UNIT_ONLY picks tests by name, HULL_KVM_UNIT_OUTPUT names a folder for their output, HULL_KVM_UNIT_BOARD the board.
/// </summary>
public sealed class MultibootSuiteTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(double.Parse(Environment.GetEnvironmentVariable("HULL_KVM_UNIT_SECONDS") ?? "60", CultureInfo.InvariantCulture));
    private static readonly string s_architecture = Environment.GetEnvironmentVariable("HULL_KVM_UNIT_ARCH") ?? "x86_64";
    private readonly HostClock _clock = new(TimeProvider.System);

    public void Dispose() => _clock.Dispose();

    [Fact]
    public async Task Programs_OfTheSuite_PassAsOftenAsUnderQemu()
    {
        string? root = Environment.GetEnvironmentVariable("HULL_KVM_UNIT_TESTS");
        Assert.SkipUnless(Directory.Exists(root), "HULL_KVM_UNIT_TESTS does not name a folder with built kvm-unit-tests.");
        string? only = Environment.GetEnvironmentVariable("HULL_KVM_UNIT_ONLY");
        List<string> lines = [];
        int passed = 0;
        foreach (UnitTest test in UnitTest.Read(Path.Combine(root, "x86/unittests.cfg")))
        {
            string file = Path.Combine(root, "x86", test.File);
            if ((only is not null && !only.Split(',').Contains(test.Name)) || !File.Exists(file))
            {
                continue;
            }

            string result = await RunAsync(test, await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken));
            passed += result == "pass" ? 1 : 0;
            lines.Add($"{test.Name}: {result}");
        }

        File.WriteAllLines(Path.Combine(Path.GetTempPath(), "hull-kvm-unit-tests.txt"), lines);
        int least = int.Parse(Environment.GetEnvironmentVariable("HULL_KVM_UNIT_LEAST") ?? "1", CultureInfo.InvariantCulture);
        Assert.True(passed >= least, $"{passed} of {lines.Count} pass.\n{string.Join('\n', lines)}");
        TestContext.Current.SendDiagnosticMessage($"{passed} of {lines.Count} pass.");
    }

    private async Task<string> RunAsync(UnitTest test, byte[] image)
    {
        SuiteOutput output = new();
        MachineSpec spec = new()
        {
            Board = BoardModel.Parse(Environment.GetEnvironmentVariable("HULL_KVM_UNIT_BOARD") ?? "microvm"),
            Memory = new ByteSize(512 << 20),
            Topology = CpuTopology.OfCores(test.Processors),
            SerialOutput = output,
            Additions = [new SuiteDevice()],
        };
        using VirtualMachine machine = new(spec, _clock, (_, memory) => new InterpretingProcessor(memory));
        string environment = $"NR_CPUS={test.Processors}\nMEMSIZE=512\nMEMLIMIT=512\nTEST_DEVICE=0\n";
        machine.LoadState(MultibootImage.Load(machine.Memory, image, $"{test.File} {test.Arguments}".Trim(), environment));
        using CancellationTokenSource stop = new();
        Task running = machine.RunAsync(stop.Token);
        TimeSpan limit = test.Limit > s_limit ? test.Limit : s_limit;
        Task first = await Task.WhenAny(output.Done, running, Task.Delay(limit, TestContext.Current.CancellationToken));
        string result = first == output.Done ? await output.Done : first == running ? "crash" : "time out";
        await stop.CancelAsync();
        await running;
        if (Environment.GetEnvironmentVariable("HULL_KVM_UNIT_OUTPUT") is { } folder)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, test.Name + ".txt"), output.Text, TestContext.Current.CancellationToken);
        }

        return result;
    }

    /// <summary>A section of the suite's list: only what concerns a machine without QEMU.</summary>
    private sealed record UnitTest(string Name, string File, string Arguments, int Processors, TimeSpan Limit)
    {
        internal static IEnumerable<UnitTest> Read(string path)
        {
            Dictionary<string, string> values = [];
            string name = "";
            foreach (string line in global::System.IO.File.ReadLines(path).Append("[]"))
            {
                if (!line.StartsWith('['))
                {
                    int equals = line.IndexOf('=', StringComparison.Ordinal);
                    if (equals > 0 && line[0] != '#')
                    {
                        values[line[..equals].Trim()] = line[(equals + 1)..].Trim().Trim('\'', '"');
                    }

                    continue;
                }

                if (values.Count > 0 && values.GetValueOrDefault("arch", s_architecture) == s_architecture && !values.GetValueOrDefault("groups", "").Contains("nodefault", StringComparison.Ordinal))
                {
                    string arguments = values.GetValueOrDefault("test_args", "").Replace(
                        "`date +%s`", DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
                    int processors = int.Parse(values.GetValueOrDefault("smp", "1"), CultureInfo.InvariantCulture);
                    double seconds = double.Parse(values.GetValueOrDefault("timeout", "0"), CultureInfo.InvariantCulture);
                    yield return new UnitTest(name, values["file"], arguments, processors, TimeSpan.FromSeconds(seconds));
                }

                name = line.Trim('[', ']');
                values.Clear();
            }
        }
    }
}
