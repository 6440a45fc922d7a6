namespace Hull.Cli.Commands;

/// <summary><c>hull completion bash|zsh|fish</c>.</summary>
internal static class CompletionCommand
{
    internal static Command Create() => new()
    {
        Name = "completion",
        Summary = "print a shell's completion script",
        Usage = "bash|zsh|fish",
        MinArguments = 1,
        MaxArguments = 1,
        Examples = "source <(hull completion bash)",
        Run = context =>
        {
            string words = string.Join(' ', CommandTable.All.Select(entry => entry.Name.Split(' ')[0]).Distinct());
            context.Output.Write(context.Arguments[0] switch
            {
                "bash" => Bash(words),
                "zsh" => $"#compdef hull\nautoload -U +X bashcompinit && bashcompinit\n{Bash(words)}",
                "fish" => Fish(words),
                _ => throw new UsageException($"There is no completion for '{context.Arguments[0]}': use bash, zsh or fish."),
            });
            return Task.FromResult(0);
        },
    };

    private static string Bash(string words)
    {
        string options = string.Join('\n', CommandTable.All.Select(entry =>
            $"    \"{entry.Name}\") words=\"{string.Join(' ', entry.Make().Flags.Where(flag => !flag.IsHidden).Select(flag => "--" + flag.Name))}\" ;;"));
        return $$$"""
            _hull() {
              local current="${COMP_WORDS[COMP_CWORD]}" command="${COMP_WORDS[1]}" words=""
              if [ "$COMP_CWORD" -eq 1 ]; then
                words="{{{words}}}"
              elif [[ "$current" == -* ]]; then
                case "$command ${COMP_WORDS[2]}" in
                  image\ *|volume\ *|system\ *) command="$command ${COMP_WORDS[2]}" ;;
                esac
                case "$command" in
            {{{options}}}
                esac
              else
                case "$command" in
                  run|create|rmi|tag|push|history) words="$(hull image ls --format '{{.Repository}}:{{.Tag}}' 2>/dev/null)" ;;
                  image|volume|system) words="ls inspect history tag rm prune pull push save load import create df bootstrap" ;;
                  *) words="$(hull ps -a --format '{{.Names}}' 2>/dev/null)" ;;
                esac
              fi
              COMPREPLY=($(compgen -W "$words" -- "$current"))
            }
            complete -o default -F _hull hull

            """;
    }

    private static string Fish(string words) => $$$"""
        complete -c hull -f -n '__fish_use_subcommand' -a '{{{words}}}'
        complete -c hull -f -n 'not __fish_use_subcommand' -a '(hull ps -a --format "{{.Names}}" 2>/dev/null)'

        """;
}
