using Hull.Linux;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci kill</c>: sends a signal to a container's first process.</summary>
internal static class KillCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "kill", "send a signal (default: SIGTERM) to a container's first process", "CONTAINER [SIGNAL]", new OptionTable(
            new Option("all,a", null, "send it to every process of the container")), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        using ContainerTask task = global.Runtime.Open(options.TheContainer(most: 2));
        string name = options.Operands.Count > 1 ? options.Operands[1] : "SIGTERM";
        Signal signal = default;
        if (name != "0" && !Signal.TryParse(name, out signal))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The signal '{name}' does not exist.");
        }

        bool all = options.Has("all");
        if (all && task.Status == Runtime.TaskStatus.Stopped)
        {
            return 0;
        }

        task.Signal(signal, all);
        return 0;
    }
}
