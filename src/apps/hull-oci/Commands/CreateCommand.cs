namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci create</c>: makes a container whose process waits for start.</summary>
internal static class CreateCommand
{
    /// <summary>Runs it.</summary>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        CreateRequest request = new(global, Arguments.Parse(args, CreateRequest.Table));
        using TerminalSession session = request.OpenSession(detached: true);
        using Runtime.Container.ContainerTask task = request.Make(session, waits: true);
        return 0;
    }
}
