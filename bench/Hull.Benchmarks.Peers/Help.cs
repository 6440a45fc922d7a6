namespace Hull.Benchmarks.Peers;

/// <summary>What <c>./dev bench --help</c> prints.</summary>
internal static class Help
{
    private static readonly (string Name, string Meaning)[] s_variables =
    [
        ("HULL_BENCH_ROUNDS", "how many rounds fleet, unpack-* and machine-* measure (3, or 30 of unpack-*)"),
        ("HULL_BENCH_RECORD", "a file that fleet adds each round to and prints the sum of, for a run in slices"),
        ("HULL_BENCH_LAYER", "the archive that unpack-* packs and unpacks (a Debian root made on the spot)"),
        ("HULL_BENCH_WITHOUT", "a contender that unpack-* leaves out: hull, umoci or podman"),
        ("HULL_BENCH_LAYERS", "how many layers scale makes (5000)"),
        ("HULL_BENCH_CONTAINERS", "how many containers scale makes (3000)"),
        ("HULL_BENCH_PROGRAMS", "which guest programs machine-programs runs, parted by commas (all)"),
        ("HULL_TEST_KERNEL", "the guest kernel of machine-* (Debian's, pulled)"),
        ("CRUN", "the crun to compare with (/usr/bin/crun)"),
        ("RUNC", "the runc to compare with (/usr/sbin/runc)"),
    ];

    internal static void Write(TextWriter output, IReadOnlyList<ICase> cases)
    {
        output.WriteLine("Usage: ./dev bench [CASE...]\n");
        output.WriteLine("Measures whole processes of Hull and of its peers, interleaved in one run; without a case, all:\n");
        WriteRows(output, [.. cases.Select(each => (each.Name, each.Question))]);
        output.WriteLine("\nVariables:\n");
        WriteRows(output, s_variables);
        output.WriteLine("\nNeeds root and a quiet machine. docs/promises.md says which figure is promised.");
    }

    private static void WriteRows(TextWriter output, IReadOnlyList<(string Name, string Meaning)> rows)
    {
        int width = rows.Max(row => row.Name.Length) + 2;
        foreach ((string name, string meaning) in rows)
        {
            output.WriteLine($"  {name.PadRight(width)}{meaning}");
        }
    }
}
