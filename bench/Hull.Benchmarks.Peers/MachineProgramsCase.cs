using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>Small programs inside a guest, each timed by the host's clock.</summary>
internal sealed class MachineProgramsCase : ICase
{
    private static readonly int s_rounds = MachineGuest.Rounds;

    /// <inheritdoc/>
    public string Name => "machine-programs";

    /// <inheritdoc/>
    public string Question => "21 small guest programs: Hull's interpreter, Bochs, QEMU TCG (bar: geometric mean 0.5 of Bochs)";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        MachineGuest guest = new(context);
        string programs = Environment.GetEnvironmentVariable("HULL_BENCH_PROGRAMS") ?? "all";
        List<MachineRun> own = [], qemu = [], bochs = [];
        for (int round = 0; round < s_rounds; round++)
        {
            own.Add(guest.Hull(context, "interpreter", programs).Go());
            qemu.Add(guest.Qemu(programs).Go());
            bochs.Add(guest.Bochs(programs).Go());
        }

        Console.WriteLine($"{"program",-14} {"hull ms",9} {"bochs ms",9} {"qemu ms",9} {"hull/bochs",11} {"hull/qemu",10}");
        double product = 0;
        int counted = 0;
        foreach (string program in bochs[0].ProgramMs.Keys)
        {
            double mine = Median(own, program), theirs = Median(bochs, program), translated = Median(qemu, program);
            bool same = own[0].Results.GetValueOrDefault(program) == bochs[0].Results[program];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{program,-14} {mine,9:0.0} {theirs,9:0.0} {translated,9:0.0} {mine / theirs,11:0.00} {mine / translated,10:0.00}{(same ? "" : "   another result, not counted")}"));
            if (same)
            {
                product += Math.Log(mine / theirs);
                counted++;
            }
        }

        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"geometric mean of {counted}: {Math.Exp(product / counted):0.00} of Bochs"));
    }

    private static double Median(List<MachineRun> runs, string program) =>
        MachineBootCase.Median([.. runs.Select(run => run.ProgramMs.GetValueOrDefault(program, double.NaN))]);
}
