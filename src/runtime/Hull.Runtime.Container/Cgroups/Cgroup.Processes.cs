using System.Globalization;
using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Who is in it, and how to be rid of them.</summary>
public sealed partial class Cgroup
{
    private const int MaxKillRounds = 100;
    private const int MaxRestMs = 64;
    private const int MaxRemoveTries = 12;

    /// <summary>Process ids as this process's pid namespace sees them.</summary>
    /// <param name="all">Includes those in cgroups below.</param>
    public List<int> GetProcessIds(bool all)
    {
        List<int> processes = [];
        Collect(MainDirectory, all, processes);
        return processes;
    }

    /// <summary>Sends a signal to every process in the cgroup and below.</summary>
    /// <remarks>The processes are frozen meanwhile, so that none escapes by forking; SIGKILL is <see cref="KillAll"/>.</remarks>
    public void SignalAll(Signal signal)
    {
        if (signal == Signal.Kill)
        {
            KillAll();
            return;
        }

        bool frozen = TryFreeze();
        try
        {
            foreach (int process in GetProcessIds(all: true))
            {
                _ = ProcessSignal.Send(process, signal);
            }
        }
        finally
        {
            if (frozen)
            {
                Thaw();
            }
        }
    }

    /// <summary>Kills every process in the cgroup and below, and waits until none is left.</summary>
    /// <exception cref="HullException">Some process survived: it hangs in the kernel, or new ones came faster than they were killed.</exception>
    public void KillAll()
    {
        // Since 5.14 one write does it, without a race. Source: cgroup-v2.rst, "cgroup.kill".
        if (UnifiedDirectory is not null)
        {
            _ = CgroupFile.TryWrite(UnifiedDirectory, "cgroup.kill", "1");
        }

        if (_host.Layout == CgroupLayout.Unified)
        {
            _ = CgroupFile.TryWrite(MainDirectory, UnifiedState, "0");
        }

        int rest = 1;
        for (int round = 0; round < MaxKillRounds; round++)
        {
            List<int> processes = GetProcessIds(all: true);
            if (processes.Count == 0)
            {
                return;
            }

            // The first look often meets processes that cgroup.kill has already doomed.
            bool frozen = round > 0 && _host.Layout != CgroupLayout.Unified && TryFreeze();
            foreach (int process in processes)
            {
                _ = ProcessSignal.Send(process, Signal.Kill);
            }

            if (frozen || IsFrozen)
            {
                Thaw();
            }

            KernelWait.Moment(rest);
            rest = Math.Min(rest * 2, MaxRestMs);
        }

        throw new HullException(ErrorKind.Unavailable, $"Some processes in '{MainDirectory}' could not be killed.");
    }

    /// <summary>Removes the cgroup from every hierarchy, cgroups below it first; does nothing where it is gone.</summary>
    /// <exception cref="HullException">A process is still in it after about two seconds.</exception>
    public void Delete()
    {
        string? stuck = null;
        Errno why = Errno.None;
        foreach (string? directory in _directories)
        {
            if (directory is null)
            {
                continue;
            }

            Errno error = Remove(directory);
            if (error != Errno.None)
            {
                stuck = directory;
                why = error;
            }
        }

        if (stuck is not null)
        {
            throw new LinuxException("rmdir", stuck, why);
        }
    }

    /// <summary>Removes the cgroup, and first kills what is still in it.</summary>
    /// <exception cref="HullException">A process could not be killed.</exception>
    public void KillAndDelete()
    {
        bool busy = false;
        foreach (string? directory in _directories)
        {
            busy |= directory is not null && KernelFile.RemoveDirectory(directory) is not (Errno.None or Errno.NoEnt);
        }

        if (!busy)
        {
            return;
        }

        // Usually nothing but the last process on its way out, or cgroups below.
        if (Exists)
        {
            KillAll();
        }

        Delete();
    }

    private static Errno Remove(string directory)
    {
        Errno error = KernelFile.RemoveDirectory(directory);
        if (error is Errno.None or Errno.NoEnt)
        {
            return Errno.None;
        }

        // In use: cgroups below it, or processes that are on their way out.
        int rest = 1;
        for (int i = 0; i < MaxRemoveTries && error is Errno.Busy or Errno.NotEmpty; i++)
        {
            foreach (string child in Children(directory))
            {
                _ = Remove(child);
            }

            error = KernelFile.RemoveDirectory(directory);
            if (error is Errno.Busy or Errno.NotEmpty)
            {
                KernelWait.Moment(rest);
                rest = Math.Min(rest * 2, MaxRestMs * 8);
            }
        }

        return error is Errno.NoEnt || !KernelFile.Exists(directory) ? Errno.None : error;
    }

    private static string[] Children(string directory)
    {
        try
        {
            return Directory.GetDirectories(directory);
        }
        catch (IOException)
        {
            // It went away meanwhile, which is what the caller wants.
            return [];
        }
    }

    private static void Collect(string directory, bool all, List<int> processes)
    {
        Errno error = KernelFile.ReadText(CgroupFile.PathOf(directory, "cgroup.procs"), out string text);
        if (error == Errno.OpNotSupp)
        {
            error = KernelFile.ReadText(CgroupFile.PathOf(directory, "cgroup.threads"), out text);
        }

        // Gone between two looks: then nobody is in it.
        if (error is not (Errno.None or Errno.NoEnt or Errno.NoDev))
        {
            throw new LinuxException("read", CgroupFile.PathOf(directory, "cgroup.procs"), error);
        }

        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            // 0 is a process of a pid namespace this one cannot see.
            if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int process) && process > 0)
            {
                processes.Add(process);
            }
        }

        if (all)
        {
            foreach (string child in Children(directory))
            {
                Collect(child, all, processes);
            }
        }
    }

    private bool TryFreeze()
    {
        if (IsFrozen || DirectoryOf(CgroupControllers.Freezer, out _) is null)
        {
            return false;
        }

        try
        {
            Freeze(KillWaitMs);
            return true;
        }
        catch (HullException)
        {
            // A fork storm outruns the freezer; signalling round after round still ends it.
            return false;
        }
    }
}
