using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci start</c>: lets the process of a created container go.</summary>
internal static class StartCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "start", "let the process of a created container go", "CONTAINER", new OptionTable(), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        using ContainerTask task = global.Runtime.Open(options.TheContainer());
        if (!task.Start())
        {
            // The specification asks for an error, other runtimes and the validation suite for success.
            Output.Error($"hull-oci: The container '{task.Id}' has ended: its configuration has no process to run.\n");
        }

        return 0;
    }
}
