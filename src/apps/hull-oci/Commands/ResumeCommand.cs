using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci resume</c>: thaws every process of a container.</summary>
internal static class ResumeCommand
{
    private static readonly OptionTable s_table = new([], []);

    /// <summary>Runs it.</summary>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        using ContainerTask task = new ContainerRuntime(global.Root).Open(Arguments.Parse(args, s_table).TheContainer());
        task.Resume();
        return 0;
    }
}
