using System.Diagnostics;
using System.Globalization;

namespace Hull.Dev;

/// <summary><c>./dev demo</c>: from a fresh machine to a Debian container with a slice of a CPU and of memory.</summary>
internal static class DemoCommand
{
    private const string Image = "debian:bookworm";
    private const string Prefix = "/usr/local";

    internal static async Task RunAsync(string[] arguments)
    {
        if (arguments.Length > 0)
        {
            throw new DevException("Usage: ./dev demo");
        }

        if (!Environment.IsPrivilegedProcess)
        {
            throw new DevException("The demo installs packages and makes containers: run it as root.");
        }

        await StepAsync("Install what Hull needs", () => Packages.EnsureAsync("build", "run"));
        await StepAsync("Publish the native programs", Publish.RunAsync);
        await StepAsync($"Install under {Prefix}", () =>
        {
            InstallCommand.Install(Prefix);
            return Task.CompletedTask;
        });

        string hull = Path.Combine(Prefix, "bin/hull");
        await StepAsync($"Make the base image {Image} from Debian's packages", async () =>
        {
            if (await Shell.TryRunAsync(hull, ["image", "inspect", "--format", "{{.Id}}", Image]) != 0)
            {
                await Shell.RunAsync(hull, "image", "bootstrap", Image);
            }
        });
        await HullAsync(hull, "run", "--rm", "--cpus", "0.25", "--memory", "256m", Image, "sh", "-c", "cat /etc/os-release | head -n 1; echo \"process id $$, host name $(hostname)\"");
        await HullAsync(hull, "run", "--rm", Image, "true");
        await HullAsync(hull, "run", "--rm", Image, "true");
        await HullAsync(hull, "images");
        Console.WriteLine();
        Console.WriteLine($"'hull' is installed. Try: hull run --rm -it {Image} bash");
    }

    private static Task HullAsync(string hull, params string[] arguments) =>
        StepAsync("hull " + string.Join(' ', arguments.Select(Quote)), () => Shell.RunAsync(hull, arguments));

    private static string Quote(string argument) => argument.Contains(' ', StringComparison.Ordinal) ? $"'{argument}'" : argument;

    private static async Task StepAsync(string title, Func<Task> step)
    {
        Console.WriteLine();
        Console.WriteLine($"==> {title}");
        var watch = Stopwatch.StartNew();
        await step();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {watch.Elapsed.TotalMilliseconds:#,0} ms"));
    }
}
