using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Hull.System.Tests;

/// <summary>A hull command on a real pseudo-terminal, typed into and read from; script(1) holds the other end.</summary>
public sealed class PseudoTerminal : IDisposable
{
    private const string Env = "/usr/bin/env";
    private const string Script = "/usr/bin/script";
    private const int TimeoutMs = 60_000;

    private readonly Process _process;
    private readonly StringBuilder _seen = new();
    private int _passed;
    private bool _ended;

    /// <summary>Starts a command on a terminal of 24 rows and 80 columns.</summary>
    public PseudoTerminal(HullHost hull, params string[] arguments)
    {
        string line = string.Join(' ', arguments.Select(argument => $"'{argument}'"));
        ProcessStartInfo start = hull.StartInfo();
        string program = start.FileName;

        // Whoever started the tests in the background had them ignore the interrupts that are typed here.
        start.FileName = Env;
        // The shell looks at the terminal before and after, so that no test races with the command that changes it; it survives the
        // interrupts that are typed for the command.
        string commands = $"stty rows 24 cols 80; stty -a; tty; trap : INT; '{program}' {line}; s=$?; stty -a; exit $s";
        foreach (string argument in (string[])["--default-signal", Script, "-qfec", commands, "/dev/null"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["SHELL"] = "/bin/sh";
        _process = Process.Start(start)!;
        _ = Task.Run(Read);
        SettingsBefore = Await("/dev/pts/");
        int from = _passed;
        Device = "/dev/pts/" + Await("\n")[from..].Trim();
    }

    /// <summary>The terminal's settings before the command started.</summary>
    public string SettingsBefore { get; }

    public static bool CanRun => HullHost.CanRun && File.Exists(Script);

    /// <summary>The terminal's path on the host.</summary>
    public string Device { get; }

    public static void Require() => Assert.SkipUnless(CanRun, "Needs root, busybox, built programs and script(1) for a pseudo-terminal.");

    /// <summary>Types.</summary>
    public void Type(string text)
    {
        _process.StandardInput.Write(text);
        _process.StandardInput.Flush();
    }

    /// <summary>Waits for a text that comes after everything awaited before; returns all that came before it.</summary>
    public string Await(string text)
    {
        long end = Environment.TickCount64 + TimeoutMs;
        lock (_seen)
        {
            while (true)
            {
                string all = _seen.ToString();
                int at = all.IndexOf(text, _passed, StringComparison.Ordinal);
                if (at >= 0)
                {
                    _passed = at + text.Length;
                    return all[..at];
                }

                int left = (int)(end - Environment.TickCount64);
                if (_ended || left <= 0)
                {
                    Assert.Fail($"'{text}' did not come; what came: {all}");
                }

                Monitor.Wait(_seen, left);
            }
        }
    }

    /// <summary>Gives the terminal another size, as a window manager does.</summary>
    public void Resize(int rows, int columns)
    {
        using Process stty = Process.Start("stty", [
            "-F", Device, "rows", rows.ToString(CultureInfo.InvariantCulture), "cols", columns.ToString(CultureInfo.InvariantCulture)]);
        stty.WaitForExit();
        Assert.Equal(0, stty.ExitCode);
    }

    /// <summary>Waits for the command's end.</summary>
    public int ExitCode()
    {
        Assert.True(_process.WaitForExit(TimeoutMs), $"The command did not end; what came: {_seen}");
        return _process.ExitCode;
    }

    /// <summary>Waits for the command's end; returns the terminal's settings after it.</summary>
    public string SettingsAfter()
    {
        long end = Environment.TickCount64 + TimeoutMs;
        lock (_seen)
        {
            while (!_ended)
            {
                int left = (int)(end - Environment.TickCount64);
                Assert.True(left > 0, $"The command did not end; what came: {_seen}");
                Monitor.Wait(_seen, left);
            }

            string all = _seen.ToString();
            return all[all.LastIndexOf(SettingsBefore[..6], StringComparison.Ordinal)..];
        }
    }

    /// <summary>Waits for the command's end; returns everything that came.</summary>
    public string Everything()
    {
        _ = SettingsAfter();
        lock (_seen)
        {
            return _seen.ToString();
        }
    }

    /// <summary>The terminal's settings now, such as whether it echoes.</summary>
    public string Settings()
    {
        using Process stty = Process.Start(new ProcessStartInfo("stty", ["-F", Device, "-a"]) { RedirectStandardOutput = true })!;
        return stty.StandardOutput.ReadToEnd();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Read()
    {
        byte[] buffer = new byte[4096];
        int count;
        while ((count = _process.StandardOutput.BaseStream.Read(buffer)) > 0)
        {
            lock (_seen)
            {
                _seen.Append(Encoding.UTF8.GetString(buffer, 0, count));
                Monitor.PulseAll(_seen);
            }
        }

        lock (_seen)
        {
            _ended = true;
            Monitor.PulseAll(_seen);
        }
    }
}
