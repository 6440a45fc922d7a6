using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci start</c>: lets the process of a created container go.</summary>
internal static class StartCommand
{
    private static readonly OptionTable s_table = new([], []);

    /// <summary>Runs it.</summary>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        using ContainerTask task = new ContainerRuntime(global.Root).Open(Arguments.Parse(args, s_table).TheContainer());
        if (!task.Start())
        {
            // The specification asks for an error, other runtimes and the validation suite for success.
            Output.Error($"hull-oci: The container '{task.Id}' has ended: its configuration has no process to run.\n");
        }

        return 0;
    }
}
