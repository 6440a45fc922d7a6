
namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci delete</c>: removes a stopped container, or any with <c>--force</c>.</summary>
internal static class DeleteCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "delete", "remove a stopped container", "CONTAINER", new OptionTable(
            new Option("force,f", null, "kill it first if it runs; no container is no failure")), Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        global.Runtime.Delete(options.TheContainer(), options.Has("force"));
        return 0;
    }
}
