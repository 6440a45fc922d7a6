using System.Runtime.InteropServices;
using Hull.Engine;
using Hull.Linux;
using Hull.Machine.Host.Service;
using Hull.Runtime.Container;
using Hull.Runtime.MicroVm;

namespace Hull.Cli.Machines;

/// <summary>Runs one machine in the foreground: its process is jailed, and this command is its console.</summary>
internal static class JailedRunner
{
    /// <summary>Boots it and passes its console on until it ends.</summary>
    /// <param name="options">The machine.</param>
    /// <param name="paths">Where its state lies.</param>
    /// <param name="error">For what the guest's console does not say plainly.</param>
    /// <returns>The exit code that tells how it ended.</returns>
    /// <exception cref="HullException">It cannot be built or booted.</exception>
    internal static int Run(VmConfiguration options, EnginePaths paths, TextWriter error)
    {
        using RunFolder folder = RunFolder.Create(paths);
        VmPlace place = VmPlace.Of(folder, paths);
        string last;
        bool wasKilled;
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        using (near)
        {
            using VmProcesses processes = VmLauncher.Start(place, options, folder.Running, far);
            far.Dispose();
            Interrupts interrupts = new(processes.Machine);
            using PosixSignalRegistration interrupt = interrupts.Handle(PosixSignal.SIGINT, near);
            using PosixSignalRegistration terminate = interrupts.Handle(PosixSignal.SIGTERM, near);
            using (SerialConsole console = new())
            {
                console.Join(near);
                last = console.Last;
            }

            processes.Wait();
            wasKilled = interrupts.HasKilled;
        }

        int code = wasKilled ? MachineRunner.Interrupted : CodeOf(place);
        if (code is MachineRunner.WasReset or MachineRunner.Crashed && GuestDeath.IsOutOfMemory(last))
        {
            const int Mebibyte = 1 << 20;
            error.WriteLine(
                $"hull: The guest's kernel ran out of memory and gave up (exit code {code}): it has {options.MemoryBytes / Mebibyte} MiB; give it more (--memory).");
        }

        return code;
    }

    private static int CodeOf(VmPlace place)
    {
        VmResult result = place.LastResult()
            ?? throw new HullException(ErrorKind.Internal, place.WhyDead());
        return result.Ended switch
        {
            "poweroff" => MachineRunner.PoweredOff,
            "reset" => MachineRunner.WasReset,
            "crash" => MachineRunner.Crashed,
            "failed" => throw new HullException(ErrorKind.FailedPrecondition, result.Message ?? place.WhyDead()),
            _ => MachineRunner.Interrupted,
        };
    }

    /// <summary>What the user's signals do: the first ends the machine, a second one the process that did not obey.</summary>
    private sealed class Interrupts(ContainerTask machine)
    {
        private int _count;

        internal bool HasKilled => Volatile.Read(ref _count) > 1;

        // Without its console the machine ends as if it were switched off hard: disks are flushed.
        internal PosixSignalRegistration Handle(PosixSignal signal, FileDescriptor console) =>
            PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                if (Interlocked.Increment(ref _count) == 1)
                {
                    UnixSocket.ShutdownBoth(console);
                    return;
                }

                try
                {
                    machine.Signal(Signal.Kill, all: false);
                }
                catch (HullException)
                {
                    // It ended meanwhile.
                }
            });
    }
}
