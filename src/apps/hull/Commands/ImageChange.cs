using System.Text.Json;
using Hull.Oci.Image;
using Hull.Oci.Runtime;

namespace Hull.Cli.Commands;

/// <summary>Reads one Dockerfile instruction of <c>--change</c>.</summary>
internal static class ImageChange
{
    internal static ContainerConfig Apply(ContainerConfig config, string text)
    {
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        string word = (space < 0 ? text : text[..space]).ToUpperInvariant();
        string rest = space < 0 ? "" : text[(space + 1)..].Trim();
        if (rest.Length == 0)
        {
            throw new UsageException($"The change '{text}' has no value.");
        }

        return word switch
        {
            "CMD" => config with { Cmd = Words(rest) },
            "ENTRYPOINT" => config with { Entrypoint = Words(rest) },
            "ENV" => config with { Env = [.. config.Env ?? [], rest.Contains('=', StringComparison.Ordinal) ? rest : rest.Replace(' ', '=')] },
            "USER" => config with { User = rest },
            "WORKDIR" => config with { WorkingDir = rest },
            "STOPSIGNAL" => config with { StopSignal = rest },
            "LABEL" => config with { Labels = Merge(config.Labels, rest) },
            "VOLUME" => config with { Volumes = new Dictionary<string, EmptyObject?>(config.Volumes ?? new Dictionary<string, EmptyObject?>()) { [rest] = new EmptyObject() } },
            _ => throw new UsageException($"The change '{word}' is not supported: use CMD, ENTRYPOINT, ENV, USER, WORKDIR, LABEL, VOLUME or STOPSIGNAL."),
        };
    }

    // The exec form is JSON; the shell form runs in a shell. The JSON comes from the command line, nobody else's.
    private static IReadOnlyList<string> Words(string text)
    {
        if (!text.StartsWith('['))
        {
            return ["/bin/sh", "-c", text];
        }

        try
        {
            return JsonSerializer.Deserialize($"{{\"args\":{text}}}", RuntimeJson.Default.ProcessSpec)?.Args ?? [];
        }
        catch (JsonException)
        {
            throw new UsageException($"'{text}' is neither a JSON list nor a command line.");
        }
    }

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string>? labels, string text)
    {
        Dictionary<string, string> merged = new(labels ?? new Dictionary<string, string>(), StringComparer.Ordinal);
        foreach ((string name, string value) in Pairs.Read([text]))
        {
            merged[name] = value.Trim('"');
        }

        return merged;
    }
}
