using System.Globalization;
using Hull.Cpu.Native;
using Hull.Fuzz;

// Hull.Fuzz TARGET|all [--seconds N] [--seed N] [--corpus DIR] [--replay FILE]; Hull.Fuzz native [--count N] [--seconds N] [--seed N] [--jobs N] [--families N]
int seconds = Number("--seconds", 10);
int seed = Number("--seed", Random.Shared.Next());
string name = args.Length > 0 ? args[0] : "";
if (name == "native")
{
    return new NativeRun(Number("--count", 0), TimeSpan.FromSeconds(seconds), seed, Number("--jobs", 1), (NativeFamilies)Number("--families", (int)NativeFamilies.All)).Execute() ? 0 : 1;
}

IFuzzTarget[] targets = [.. FuzzTargets.All.Where(target => name == "all" || target.Name == name)];
if (targets.Length == 0)
{
    Console.Error.WriteLine("usage: Hull.Fuzz TARGET|all [--seconds N] [--seed N] [--corpus DIR] [--replay FILE]");
    Console.Error.WriteLine("       Hull.Fuzz native [--count N] [--seconds N] [--seed N] [--jobs N] [--families N]");
    Console.Error.WriteLine("targets: " + string.Join(' ', FuzzTargets.All.Select(target => target.Name)));
    return 2;
}

try
{
    return Run() ? 0 : 1;
}
finally
{
    // Every target was made to be named, and some have made a directory.
    foreach (IDisposable target in FuzzTargets.All.OfType<IDisposable>())
    {
        target.Dispose();
    }
}

bool Run()
{
    if (Text("--replay") is string file)
    {
        targets[0].Run(File.ReadAllBytes(file));
        return true;
    }

    bool clean = true;
    foreach (IFuzzTarget target in targets)
    {
        clean &= new FuzzRun(target, TimeSpan.FromSeconds(seconds), seed, Text("--corpus")).Execute();
    }

    return clean;
}

string? Text(string option) => Array.IndexOf(args, option) is >= 0 and int at && at + 1 < args.Length ? args[at + 1] : null;

int Number(string option, int otherwise) =>
    int.TryParse(Text(option), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
