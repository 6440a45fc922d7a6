namespace Hull.Cli.Commands.Completion;

/// <summary><c>hull completion bash|zsh|fish</c>.</summary>
internal static class CompletionCommand
{
    internal static Command Create() => new()
    {
        Name = "completion",
        Summary = "print a shell's completion script",
        Usage = "bash|zsh|fish",
        Description = """
            Prints a script that completes commands, options, values where there are few, and names of containers, images and
            volumes.
            """,
        Examples = """
            source <(hull completion bash)
            hull completion zsh > /usr/share/zsh/vendor-completions/_hull
            hull completion fish > ~/.config/fish/completions/hull.fish
            """,
        MinArguments = 1,
        MaxArguments = 1,
        Run = context =>
        {
            context.Output.Write(context.Arguments[0] switch
            {
                "bash" => BashCompletion.Write(),
                "zsh" => ZshOf(BashCompletion.Write()),
                "fish" => FishCompletion.Write(),
                _ => throw new UsageException($"There is no completion for '{context.Arguments[0]}': use bash, zsh or fish."),
            });
            return Task.FromResult(0);
        },
    };

    // Sourced, the script registers a function. Found in zsh's search path, it is the body of the function _hull, called for the
    // first completion, which it has to answer as well.
    private static string ZshOf(string script) => $"""
        #compdef hull
        autoload -U +X bashcompinit && bashcompinit
        {script}if [[ "$funcstack[1]" = _hull ]]; then _bash_complete -o default -F {BashCompletion.Function}; fi

        """.ReplaceLineEndings("\n");
}
