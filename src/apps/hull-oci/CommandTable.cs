using Hull.OciCli.Commands;

namespace Hull.OciCli;

/// <summary>Which word runs which command; one file per command in Commands/.</summary>
internal static class CommandTable
{
    /// <summary>Runs a command.</summary>
    /// <exception cref="HullException">There is no such command, or it failed.</exception>
    internal static int Run(string name, GlobalOptions global, ReadOnlySpan<string> args) => name switch
    {
        "run" => RunCommand.Run(global, args),
        "create" => CreateCommand.Run(global, args),
        "start" => StartCommand.Run(global, args),
        "state" => StateCommand.Run(global, args),
        "kill" => KillCommand.Run(global, args),
        "delete" => DeleteCommand.Run(global, args),
        "list" => ListCommand.Run(global, args),
        "spec" => SpecCommand.Run(args),
        "features" => FeaturesCommand.Run(args),
        "pause" => PauseCommand.Run(global, args),
        "resume" => ResumeCommand.Run(global, args),
        "update" => UpdateCommand.Run(global, args),
        "events" => EventsCommand.Run(global, args),
        "ps" => PsCommand.Run(global, args),
        "exec" => ExecCommand.Run(global, args),
        "checkpoint" or "restore" =>
            throw new HullException(ErrorKind.Unimplemented, $"The command '{name}' is not supported yet."),
        _ => throw new HullException(ErrorKind.InvalidArgument, $"The command '{name}' does not exist: see hull-oci --help (No help topic for '{name}')."),
    };
}
