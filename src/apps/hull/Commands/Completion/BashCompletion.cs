using System.Text;

namespace Hull.Cli.Commands.Completion;

/// <summary>Bash's script; needs nothing but bash.</summary>
internal static class BashCompletion
{
    /// <summary>The function that completes.</summary>
    internal const string Function = "_hull_complete";

    internal static string Write()
    {
        StringBuilder options = new();
        StringBuilder valued = new();
        StringBuilder names = new();
        foreach ((_, string name, Func<Command> make) in CommandTable.All)
        {
            Command command = make();
            Flag[] flags = [.. CompletionWords.FlagsOf(command)];
            options.Append($"    '{name}') words='{string.Join(' ', flags.Select(flag => "--" + flag.Name).Append("--help"))}' ;;\n");
            string[] withValue = [.. flags.Where(flag => !flag.IsSwitch).SelectMany(Spellings)];
            if (withValue.Length > 0)
            {
                valued.Append($"    '{name}') words=' {string.Join(' ', withValue)} ' ;;\n");
            }

            if (CompletionWords.WordsOf(name) is { } few)
            {
                names.Append($"    '{name}') words='{few}' ;;\n");
            }
            else if (CompletionWords.ListerOf(name) is { } lister)
            {
                names.Append($"    '{name}') words=\"$(\"$program\" {lister} 2>/dev/null)\" ;;\n");
            }
        }

        string groups = string.Join(' ', CompletionWords.Groups.Select(group => group.Group));
        string second = string.Concat(CompletionWords.Groups.Select(group => $"    {group.Group}) words='{string.Join(' ', group.Words)}' ;;\n"));
        string values = string.Concat(CompletionWords.Values.Select(pair => $"    --{pair.Key}) words='{pair.Value}' ;;\n"));
        return $$$"""
            _hull_options() {
              case "$1" in
            {{{options}}}  esac
            }
            _hull_valued() {
              case "$1" in
            {{{valued}}}  esac
            }
            _hull_values() {
              case "$1" in
            {{{values}}}  esac
            }
            _hull_names() {
              local program="$2"
              case "$1" in
            {{{names}}}  esac
            }
            _hull_second() {
              case "$1" in
            {{{second}}}  esac
            }
            {{{Function}}}() {
              local program="$1" current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" prefix="" words="" command="" at=1
              COMPREPLY=()
              # A ':' parts words for bash: what stands before it belongs to the name.
              if [ "$current" = ":" ]; then prefix="$previous:"; current=""; previous="${COMP_WORDS[COMP_CWORD-2]}"
              elif [ "$previous" = ":" ]; then prefix="${COMP_WORDS[COMP_CWORD-2]}:"; previous="${COMP_WORDS[COMP_CWORD-3]}"; fi
              while [ "$at" -lt "$COMP_CWORD" ]; do
                case "${COMP_WORDS[at]}" in
                  --root|--state-dir) at=$((at + 2)) ;;
                  -*|=) at=$((at + 1)) ;;
                  *) break ;;
                esac
              done
              if [ "$at" -ge "$COMP_CWORD" ]; then
                words="{{{string.Join(' ', CompletionWords.FirstWords)}}} container --root --state-dir --help --version"
              else
                command="${COMP_WORDS[at]}"
                if [ "$command" = "container" ]; then at=$((at + 1)); command="${COMP_WORDS[at]}"; fi
                case " {{{groups}}} " in
                  *" $command "*)
                    if [ "$COMP_CWORD" -eq $((at + 1)) ]; then _hull_second "$command"; command=""
                    else at=$((at + 1)); command="$command ${COMP_WORDS[at]}"; fi ;;
                esac
                case "$command" in
            {{{Aliases()}}}    esac
                if [ -n "$command" ]; then
                  _hull_valued "$command"
                  case "$words" in
                    *" $previous "*)
                      words=""
                      _hull_values "$previous"
                      [ -n "$words" ] || return 0 ;;
                    *)
                      words=""
                      if [ "${current#-}" != "$current" ]; then _hull_options "$command"; else _hull_names "$command" "$program"; fi ;;
                  esac
                fi
              fi
              COMPREPLY=($(compgen -W "$words" -- "$prefix$current"))
              COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
            }
            complete -o default -F {{{Function}}} hull

            """;
    }

    private static string Aliases() => string.Concat(CommandTable.AliasPairs.Select(pair => $"      {pair.Key}) command='{pair.Value}' ;;\n"));

    private static IEnumerable<string> Spellings(Flag flag) => flag.ShortName == '\0' ? ["--" + flag.Name] : ["--" + flag.Name, "-" + flag.ShortName];
}
