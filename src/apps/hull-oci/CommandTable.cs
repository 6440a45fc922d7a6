using Hull.OciCli.Commands;

namespace Hull.OciCli;

/// <summary>Which word is which command; one file per command in Commands/.</summary>
internal static class CommandTable
{
    /// <summary>All of them, in the order of the help.</summary>
    internal static Command[] All() =>
    [
        CheckpointCommand.Command, CreateCommand.Command, DeleteCommand.Command, EventsCommand.Command, ExecCommand.Command,
        FeaturesCommand.Command, KillCommand.Command, ListCommand.Command, PauseCommand.Command, PsCommand.Command,
        RestoreCommand.Command, ResumeCommand.Command, RunCommand.Command, SpecCommand.Command, StartCommand.Command,
        StateCommand.Command, UpdateCommand.Command,
    ];

    /// <summary>Finds a command; only the one that is asked for is set up.</summary>
    /// <exception cref="HullException">There is no such command.</exception>
    internal static Command Find(string name) => name switch
    {
        "run" => RunCommand.Command,
        "create" => CreateCommand.Command,
        "start" => StartCommand.Command,
        "state" => StateCommand.Command,
        "kill" => KillCommand.Command,
        "delete" => DeleteCommand.Command,
        "list" => ListCommand.Command,
        "spec" => SpecCommand.Command,
        "features" => FeaturesCommand.Command,
        "pause" => PauseCommand.Command,
        "resume" => ResumeCommand.Command,
        "update" => UpdateCommand.Command,
        "events" => EventsCommand.Command,
        "ps" => PsCommand.Command,
        "exec" => ExecCommand.Command,
        "checkpoint" => CheckpointCommand.Command,
        "restore" => RestoreCommand.Command,
        _ => throw new HullException(
            ErrorKind.InvalidArgument, $"The command '{name}' does not exist: see {HelpText.Program} --help (No help topic for '{name}')."),
    };
}
