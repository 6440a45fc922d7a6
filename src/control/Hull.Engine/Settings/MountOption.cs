namespace Hull.Engine.Settings;

/// <summary>Reads Docker's three ways to ask for a mount: <c>-v</c>, <c>--mount</c> and <c>--tmpfs</c>.</summary>
public static class MountOption
{
    /// <summary>Reads <c>[SOURCE:]TARGET[:OPTIONS]</c>.</summary>
    /// <exception cref="HullException">The text is no such mount.</exception>
    public static MountSettings ParseVolume(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(':');
        if (parts.Length is 0 or > 3 || parts.Any(part => part.Length == 0))
        {
            throw Bad(text, "use [SOURCE:]TARGET[:OPTIONS]");
        }

        if (parts.Length == 1)
        {
            return new MountSettings { Kind = MountKind.Volume, Target = Target(text, parts[0]), IsAnonymous = true };
        }

        string source = parts[0];
        bool isPath = IsPath(source);
        if (!isPath)
        {
            CheckVolumeName(source);
        }

        MountSettings mount = new()
        {
            Kind = isPath ? MountKind.Bind : MountKind.Volume,
            Source = Source(text, source),
            Target = Target(text, parts[1]),
            CreateSource = isPath,
        };
        return parts.Length == 2 ? mount : parts[2].Split(',').Aggregate(mount, (one, option) => WithOption(text, one, option));
    }

    /// <summary>Reads <c>type=bind|volume|tmpfs,source=…,target=…,…</c>.</summary>
    /// <exception cref="HullException">The text is no such mount.</exception>
    public static MountSettings ParseMount(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        MountSettings mount = new() { Kind = MountKind.Volume, Target = "" };
        foreach (string field in text.Split(','))
        {
            int equals = field.IndexOf('=', StringComparison.Ordinal);
            string key = (equals < 0 ? field : field[..equals]).ToLowerInvariant();
            string value = equals < 0 ? "true" : field[(equals + 1)..];
            mount = WithField(text, mount, key, value);
        }

        if (mount.Target.Length == 0)
        {
            throw Bad(text, "give it a target");
        }

        if (mount is { Kind: MountKind.Bind, Source.Length: 0 })
        {
            throw Bad(text, "a bind mount needs a source");
        }

        if (mount is { Kind: MountKind.Tmpfs, Source.Length: > 0 })
        {
            throw Bad(text, "a tmpfs has no source");
        }

        if (mount.Kind == MountKind.Volume && mount.Source.Length > 0)
        {
            CheckVolumeName(mount.Source);
        }

        return mount with { IsAnonymous = mount is { Kind: MountKind.Volume, Source.Length: 0 } };
    }

    /// <summary>Reads <c>TARGET[:OPTIONS]</c>.</summary>
    /// <exception cref="HullException">The text is no such mount.</exception>
    public static MountSettings ParseTmpfs(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string target = colon < 0 ? text : text[..colon];
        string[] options = colon < 0 ? [] : text[(colon + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries);
        return new MountSettings { Kind = MountKind.Tmpfs, Target = Target(text, target), Options = options };
    }

    /// <summary>Whether a text can name a volume: <c>[a-zA-Z0-9][a-zA-Z0-9_.-]*</c>, as Docker has it.</summary>
    public static bool IsName(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length is > 0 and <= 255 && char.IsAsciiLetterOrDigit(text[0])
            && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
    }

    private static MountSettings WithOption(string text, MountSettings mount, string option) => option switch
    {
        "ro" or "readonly" => mount with { ReadOnly = true },
        "rw" => mount,
        "z" or "Z" => mount, // Relabelling: a no-op without SELinux, as with Docker.
        "nocopy" => mount with { CopyUp = false },
        "private" or "rprivate" or "slave" or "rslave" or "shared" or "rshared" => mount with { Propagation = option },
        "rbind" => mount,
        "bind" => mount with { Recursive = false },
        _ => throw Bad(text, $"the option '{option}' is not known"),
    };

    private static MountSettings WithField(string text, MountSettings mount, string key, string value) => key switch
    {
        "type" => mount with
        {
            Kind = value switch
            {
                "bind" => MountKind.Bind,
                "volume" => MountKind.Volume,
                "tmpfs" => MountKind.Tmpfs,
                _ => throw Bad(text, $"the type '{value}' is not bind, volume or tmpfs"),
            },
        },
        "source" or "src" => mount with { Source = Source(text, value) },
        "target" or "dst" or "destination" => mount with { Target = Target(text, value) },
        "readonly" or "ro" => mount with { ReadOnly = Truth(text, value) },
        "bind-propagation" => mount with { Propagation = Propagation(text, value) },
        "bind-nonrecursive" => mount with { Recursive = !Truth(text, value) },
        "bind-recursive" => value switch
        {
            "enabled" or "readonly" => mount with { Recursive = true, WritableBelow = false },
            "disabled" => mount with { Recursive = false },
            "writable" => mount with { WritableBelow = true },
            _ => throw Bad(text, $"'{value}' is not enabled, disabled, writable or readonly"),
        },
        "bind-create-src" or "bind-create-source" => mount with { CreateSource = Truth(text, value) },
        "volume-nocopy" => mount with { CopyUp = !Truth(text, value) },
        "tmpfs-size" => mount with { Options = [.. mount.Options, $"size={ByteSize.Parse(value).Bytes}"] },
        "tmpfs-mode" => mount with { Options = [.. mount.Options, $"mode={value}"] },
        "consistency" => mount,
        _ => throw Bad(
            text,
            $"the field '{key}' is not supported: use type, source, target, readonly, bind-propagation, bind-recursive, bind-nonrecursive, volume-nocopy, tmpfs-size or tmpfs-mode"),
    };

    private static string Propagation(string text, string value) =>
        value is "private" or "rprivate" or "slave" or "rslave" or "shared" or "rshared"
            ? value
            : throw Bad(text, $"'{value}' is not a propagation");

    private static bool Truth(string text, string value) => value switch
    {
        "true" or "1" => true,
        "false" or "0" => false,
        _ => throw Bad(text, $"'{value}' is neither true nor false"),
    };

    // Not '~': that is for the shell to replace, and a directory of that name here would surprise everybody.
    private static bool IsPath(string source) => source.StartsWith('/') || source.StartsWith('.');

    private static string Source(string text, string source)
    {
        if (source.Contains('\0', StringComparison.Ordinal))
        {
            throw Bad(text, "a path cannot contain NUL");
        }

        return IsPath(source) ? Path.GetFullPath(source) : source;
    }

    private static string Target(string text, string target)
    {
        if (!target.StartsWith('/') || target.Contains('\0', StringComparison.Ordinal))
        {
            throw Bad(text, "the target must be an absolute path");
        }

        string full = Path.GetFullPath(target);
        return full == "/" ? throw Bad(text, "the target cannot be '/'") : full.TrimEnd('/');
    }

    private static void CheckVolumeName(string name)
    {
        if (!IsName(name))
        {
            throw new HullException(
                ErrorKind.InvalidArgument,
                $"'{name}' is not a volume name: begin with a letter or digit and go on with letters, digits, '_', '.' and '-'; a path begins with '/'.");
        }
    }

    private static HullException Bad(string text, string what) =>
        new(ErrorKind.InvalidArgument, $"The mount '{text}' is not valid: {what}.");
}
