using System.Text;
using Hull;
using Hull.Cli;
using Hull.Cli.Machines;
using Hull.Engine;
using Hull.Engine.Settings;
using Hull.Linux;
using Hull.Runtime;
using Hull.Runtime.Container;
using Hull.Runtime.Jail;
using Hull.Runtime.MicroVm;

// One program is all of Hull on a host: the engine is a library of it, and every container has a hull-task of its own.
using StreamWriter output = new(Console.OpenStandardOutput(), new UTF8Encoding(false), 4096);
using StreamWriter error = new(Console.OpenStandardError(), new UTF8Encoding(false), 512) { AutoFlush = true };
LastResort.Watch(text => Printable.Complain(error, $"{text}"));
GlobalOptions options;
try
{
    ChildSignal.StopIgnoring();
    options = GlobalOptions.Parse(args);
}
catch (HullException problem)
{
    Printable.Complain(error, problem.Message);
    return CommandLine.UsageFailed;
}

int code = await CommandLine.RunAsync(options, () => new HullEngine(new EngineOptions
{
    Paths = options.Paths,
    Runtimes = new Dictionary<string, IRuntime>
    {
        [ContainerSettings.Container] = new ContainerRuntime(options.Paths.Runtime),
        [ContainerSettings.MicroVm] = new MicroVmRuntime(options.Paths.Machines, new MachineJail(MachineJail.UsersBeside(options.Paths.Machines))),
    },
    Machines = new GuestMachine(options.Paths).OrdersOf,
    TaskProgram = Environment.GetEnvironmentVariable("HULL_TASK") ?? Path.Combine(AppContext.BaseDirectory, "hull-task"),
    RemoveCommand =
    [
        Environment.ProcessPath ?? "/proc/self/exe", "--root", options.Paths.Root, "--state-dir", options.Paths.State, "rm", "--force",
    ],
}), output, error);
try
{
    output.Flush();
}
catch (IOException problem)
{
    // A reader that went away is no failure, and no exception either: this is a disk that is full, say.
    Printable.Complain(error, $"The output cannot be written: {LinuxException.TextOf((Errno)problem.HResult)}.");
    return code == 0 ? 1 : code;
}

return code;
