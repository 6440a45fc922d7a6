using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci pause</c>: freezes every process of a container.</summary>
internal static class PauseCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "pause", "freeze all processes of a container", "CONTAINER", new OptionTable(), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        using ContainerTask task = global.Runtime.Open(options.TheContainer());
        task.Pause();
        return 0;
    }
}
