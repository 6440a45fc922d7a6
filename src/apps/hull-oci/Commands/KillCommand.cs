using Hull.Linux;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci kill</c>: sends a signal to a container's first process.</summary>
internal static class KillCommand
{
    private static readonly OptionTable s_table = new(["all", "a"], []);

    /// <summary>Runs it.</summary>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        Arguments options = Arguments.Parse(args, s_table);
        using ContainerTask task = new ContainerRuntime(global.Root).Open(options.TheContainer(most: 2));
        string name = options.Operands.Count > 1 ? options.Operands[1] : "SIGTERM";
        Signal signal = default;
        if (name != "0" && !Signal.TryParse(name, out signal))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The signal '{name}' does not exist.");
        }

        bool all = options.Has("all") || options.Has("a");
        if (all && task.Status == Runtime.TaskStatus.Stopped)
        {
            return 0;
        }

        task.Signal(signal, all);
        return 0;
    }
}
