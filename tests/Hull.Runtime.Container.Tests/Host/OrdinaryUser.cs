using System.Diagnostics;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>Runs scripts as a user without privileges, who exists only in the script's own mount namespace.</summary>
internal static class OrdinaryUser
{
    internal const int Id = 20_001;
    internal const int FirstOfRange = 400_000;
    private const int RangeSize = 65_536;

    private static readonly string[] s_files = ["passwd", "group", "subuid", "subgid"];

    /// <summary>Skips the calling test where there can be no such user.</summary>
    internal static void Require(string program)
    {
        TestContainer.SkipWithoutRoot();
        Assert.SkipUnless(File.Exists("/proc/self/ns/user"), "This kernel has no user namespaces.");
        Assert.SkipUnless(File.Exists("/usr/bin/newuidmap"), "newuidmap is not installed (package uidmap).");
        using Process test = Process.Start("/usr/bin/setpriv", ["--reuid", $"{Id}", "--regid", $"{Id}", "--clear-groups", "test", "-x", program]);
        test.WaitForExit();
        Assert.SkipUnless(test.ExitCode == 0, $"An ordinary user cannot reach '{program}'.");
    }

    /// <summary>Runs a script as the user, in a directory that becomes theirs.</summary>
    /// <param name="directory">Where: an existing directory.</param>
    /// <param name="script">What. Everything it starts ends with it.</param>
    /// <param name="hasRange">Whether the user has a range of further ids, for newuidmap(1).</param>
    /// <param name="environment">Variables for it.</param>
    internal static (int Code, string Output) Run(
        string directory, string script, bool hasRange, IReadOnlyDictionary<string, string> environment)
    {
        Directory.CreateDirectory(directory + "/etc");
        foreach (string file in s_files)
        {
            string text = File.Exists("/etc/" + file) ? File.ReadAllText("/etc/" + file) : "";
            text += file switch
            {
                "passwd" => $"hulluser:x:{Id}:{Id}::{directory}:/bin/sh\n",
                "group" => $"hulluser:x:{Id}:\n",
                _ => hasRange ? $"hulluser:{FirstOfRange}:{RangeSize}\n" : "",
            };
            File.WriteAllText($"{directory}/etc/{file}", text);
        }

        File.WriteAllText(directory + "/script", script);
        ProcessStartInfo start = new("/usr/bin/unshare",
        [
            "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c",
            $"""
            for f in {string.Join(' ', s_files)}; do test -e /etc/$f || : > /etc/$f; mount --bind {directory}/etc/$f /etc/$f || exit 99; done
            chown -R {Id}:{Id} {directory} && chmod 755 {directory} && chown root {directory}/etc/* || exit 99
            cd {directory} && exec setpriv --reuid {Id} --regid {Id} --init-groups /bin/sh {directory}/script
            """,
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = directory;
        start.Environment["USER"] = "hulluser";
        start.Environment["XDG_RUNTIME_DIR"] = directory;
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
