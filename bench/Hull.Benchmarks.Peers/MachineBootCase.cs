using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>From nothing to a guest's first line from userspace, on each software processor.</summary>
internal sealed class MachineBootCase : ICase
{
    private static readonly int s_rounds = MachineGuest.Rounds;

    /// <inheritdoc/>
    public string Name => "machine-boot";

    /// <inheritdoc/>
    public string Question => "Debian's cloud kernel boots to userspace: Hull's interpreter, Bochs, QEMU TCG (bar: 0.4 of Bochs)";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        MachineGuest guest = new(context);
        (string Name, Func<MachineRun> Make)[] machines =
        [
            ("hull interpreter", () => guest.Hull(context, "interpreter", "")),
            ("qemu tcg microvm", () => guest.Qemu("")),
            ("bochs 2.7 (BIOS, GRUB)", () => guest.Bochs("")),
        ];
        Dictionary<string, List<double>> times = machines.ToDictionary(each => each.Name, _ => new List<double>());
        for (int round = 0; round < s_rounds; round++)
        {
            foreach ((string name, Func<MachineRun> make) in machines)
            {
                times[name].Add(make().Go().BootMs);
            }
        }

        double own = Median(times[machines[0].Name]);
        foreach ((string name, List<double> each) in times)
        {
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{name,-24} n={each.Count} {Median(each),9:0} ms   hull/this {own / Median(each):0.00}"));
        }
    }

    /// <summary>The middle of some figures.</summary>
    internal static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);
}
