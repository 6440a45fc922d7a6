using System.Diagnostics;
using System.Globalization;

namespace Hull.Runtime.Container.Tests.Clients;

/// <summary>Runs the programs of other people's engines.</summary>
internal static class ClientCommand
{
    private const int TimeoutMs = 120_000;

    /// <summary>Runs a program to its end.</summary>
    internal static CommandResult Run(string program, string[] arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        if (!process.WaitForExit(TimeoutMs))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"'{program} {string.Join(' ', arguments)}' did not end.");
        }

        return new CommandResult(process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    /// <summary>Starts a daemon in namespaces of its own, and returns once it said that it is ready.</summary>
    /// <remarks>
    /// Its process namespace ends with it whatever it started, its mount namespace takes its mounts along. A shell is the
    /// first process there: shims lose their parents, and the daemons would not reap them.
    /// </remarks>
    internal static Process StartDaemon(string command, string ready)
    {
        Process process = Process.Start(new ProcessStartInfo(
            "/usr/bin/unshare", ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "/bin/sh", "-c", $"{command} & wait"])
        {
            RedirectStandardError = true,
        })!;
        string log = "";
        while (process.StandardError.ReadLine() is string line)
        {
            log += line + "\n";
            if (line.Contains(ready, StringComparison.Ordinal))
            {
                _ = process.StandardError.ReadToEndAsync();
                return process;
            }
        }

        process.Dispose();
        throw new InvalidOperationException($"'{command}' did not start: {log}");
    }

    /// <summary>Ends a daemon with all it started.</summary>
    internal static void End(Process daemon)
    {
        // The first process of the namespace is reaped only after all others are dead, and unshare waits for it.
        string child = File.ReadAllText($"/proc/{daemon.Id}/task/{daemon.Id}/children").Trim();
        using (var first = Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture)))
        {
            first.Kill();
        }

        daemon.WaitForExit();
        daemon.Dispose();
    }

    /// <summary>Removes a cgroup without processes, and those below it, from every hierarchy.</summary>
    internal static void RemoveCgroup(string name)
    {
        foreach (string hierarchy in Directory.GetDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup"))
        {
            RemoveCgroups($"{hierarchy}/{name}");
        }
    }

    /// <summary>Asks until something is so; each question should be a command of its own, so that this does not spin.</summary>
    internal static void Await(Func<bool> condition, string failure)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.ElapsedMilliseconds < TimeoutMs, failure);
        }
    }

    private static void RemoveCgroups(string path)
    {
        if (Directory.Exists(path))
        {
            foreach (string below in Directory.GetDirectories(path))
            {
                RemoveCgroups(below);
            }

            Directory.Delete(path);
        }
    }

    /// <summary>Makes a root with busybox, its usual commands and a user.</summary>
    internal static void MakeRoot(string path)
    {
        Directory.CreateDirectory(path + "/bin");
        Directory.CreateDirectory(path + "/etc");
        Directory.CreateDirectory(path + "/tmp");
        File.WriteAllText(path + "/etc/passwd", "root:x:0:0::/:/bin/sh\nuser:x:1000:1000::/tmp:/bin/sh\n");
        File.WriteAllText(path + "/etc/group", "root:x:0:\nuser:x:1000:\n");
        File.Copy("/usr/bin/busybox", path + "/bin/busybox");
        foreach (string name in (string[])["sh", "cat", "ls", "sleep", "true", "id", "touch", "tail", "tty", "grep", "kill", "mount", "unshare", "pwd", "mkdir", "mknod", "stty", "echo", "ps"])
        {
            File.CreateSymbolicLink(path + "/bin/" + name, "busybox");
        }
    }
}
