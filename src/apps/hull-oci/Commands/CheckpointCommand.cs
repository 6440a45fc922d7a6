namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci checkpoint</c>: saves a running container.</summary>
internal static class CheckpointCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "checkpoint", "save a running container (not supported yet)", "CONTAINER", new OptionTable(),
        (_, _) => throw new HullException(ErrorKind.Unimplemented, "The command 'checkpoint' is not supported yet."));
}
