using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>A guest's disk, network card and shared directory, on Hull's interpreter and on QEMU's translator.</summary>
internal sealed class MachineIoCase : ICase
{
    private const double Second = 1000;

    // What one of the guest's counts is: a mebibyte of a stream, or one small thing.
    private static readonly string[] s_streams = ["blk-sequential-read", "blk-sequential-write", "net-receive", "net-transmit"];

    /// <inheritdoc/>
    public string Name => "machine-io";

    /// <inheritdoc/>
    public string Question => "block, network and shared files of a guest: Hull's interpreter, QEMU TCG (reported)";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        using MachineIoGuest guest = new(context);
        List<MachineRun> own = [], qemu = [];
        for (int round = 0; round < MachineGuest.Rounds; round++)
        {
            own.Add(guest.Hull().Go());
            qemu.Add(guest.Qemu().Go());
        }

        Console.WriteLine($"{"what",-22} {"hull",10} {"qemu",10} {"",-6} {"hull/qemu",10}   n={own.Count}");
        foreach ((string name, string count) in qemu[0].Results)
        {
            double amount = double.Parse(count, CultureInfo.InvariantCulture);
            double mine = Rate(own, name, amount), theirs = Rate(qemu, name, amount);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-22} {mine,10:0.0} {theirs,10:0.0} {(s_streams.Contains(name) ? "MiB/s" : "1/s"),-6} {mine / theirs,10:0.00}"));
        }
    }

    private static double Rate(List<MachineRun> runs, string name, double amount) =>
        amount * Second / MachineBootCase.Median([.. runs.Select(run => run.ProgramMs.GetValueOrDefault(name, double.NaN))]);
}
