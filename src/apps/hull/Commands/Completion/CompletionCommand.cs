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
                "zsh" => $"#compdef hull\nautoload -U +X bashcompinit && bashcompinit\n{BashCompletion.Write()}",
                "fish" => FishCompletion.Write(),
                _ => throw new UsageException($"There is no completion for '{context.Arguments[0]}': use bash, zsh or fish."),
            });
            return Task.FromResult(0);
        },
    };
}
