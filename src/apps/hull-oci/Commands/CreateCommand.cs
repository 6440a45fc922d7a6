namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci create</c>: makes a container whose process waits for start.</summary>
internal static class CreateCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new("create", "make a container; its process waits for start", "CONTAINER", CreateRequest.Table, Run);

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        CreateRequest request = new(global, options);
        using TerminalSession session = request.OpenSession(detached: true);
        using Runtime.Container.ContainerTask task = request.Make(session, waits: true);
        return 0;
    }
}
