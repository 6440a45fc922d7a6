using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci resume</c>: thaws every process of a container.</summary>
internal static class ResumeCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "resume", "let the processes of a paused container go on", "CONTAINER", new OptionTable(), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        using ContainerTask task = global.Runtime.Open(options.TheContainer());
        task.Resume();
        return 0;
    }
}
