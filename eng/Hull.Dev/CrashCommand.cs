using System.Globalization;

namespace Hull.Dev;

/// <summary><c>./dev crash [--kills N] [--seed N]</c>: kills Hull's processes at random and looks for what is lost or left.</summary>
internal static class CrashCommand
{
    private const string DefaultKills = "500";

    internal static async Task RunAsync(string[] arguments)
    {
        string kills = DefaultKills;
        string? seed = null;
        for (int i = 0; i + 1 < arguments.Length; i += 2)
        {
            if (!int.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            {
                throw new DevException($"'{arguments[i + 1]}' is not a number.");
            }

            _ = arguments[i] switch
            {
                "--kills" => kills = arguments[i + 1],
                "--seed" => seed = arguments[i + 1],
                _ => throw new DevException($"There is no option '{arguments[i]}': crash [--kills N] [--seed N]."),
            };
        }

        await Packages.EnsureAsync("build", "run", "test");
        await Publish.RunAsync();
        Environment.SetEnvironmentVariable("HULL_BIN", House.Programs);
        Environment.SetEnvironmentVariable("HULL_CRASH_KILLS", kills);
        Environment.SetEnvironmentVariable("HULL_CRASH_SEED", seed);
        await Shell.RunAsync(
            "dotnet",
            ["run", "--project", "tests/Hull.System.Tests", "-c", "Release", "-v", "quiet", "--", "--filter-class", "*.CrashTests", "--output", "Detailed"]);
    }
}
