namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci restore</c>: brings a saved container back.</summary>
internal static class RestoreCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "restore", "bring a saved container back (not supported yet)", "CONTAINER", new OptionTable(),
        (_, _) => throw new HullException(ErrorKind.Unimplemented, "The command 'restore' is not supported yet."));
}
