namespace Hull.Runtime.Container.Systemd;

/// <summary>The unit of a container, and the slice it lies in.</summary>
/// <remarks>Source: systemd.unit(5), systemd.slice(5), systemd.scope(5).</remarks>
/// <param name="Slice">Such as <c>machine.slice</c>.</param>
/// <param name="Unit">Such as <c>libpod-abc.scope</c>; a slice where the name asks for one.</param>
public sealed record UnitName(string Slice, string Unit)
{
    private const string SliceSuffix = ".slice";
    private const int MaxLength = 255;

    /// <summary>Whether the container has a slice of its own instead of a scope.</summary>
    public bool IsSlice => Unit.EndsWith(SliceSuffix, StringComparison.Ordinal);

    /// <summary>Reads <c>slice:prefix:name</c>, as runc does.</summary>
    /// <param name="cgroupsPath"><c>linux.cgroupsPath</c>; null and empty take the container's identifier.</param>
    /// <param name="id">The container.</param>
    /// <param name="isUser">Whether an ordinary user's systemd manages it.</param>
    /// <exception cref="HullException">It has another form.</exception>
    public static UnitName Of(string? cgroupsPath, ContainerId id, bool isUser)
    {
        string[] parts = string.IsNullOrEmpty(cgroupsPath) ? ["", "hull", id.ToString()] : cgroupsPath.Split(':');
        if (parts.Length != 3)
        {
            throw new HullException(
                ErrorKind.InvalidArgument,
                $"The cgroup path '{cgroupsPath}' cannot be used: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups.");
        }

        string slice = parts[0].Length > 0 ? parts[0] : isUser ? "user.slice" : "system.slice";
        string name = parts[2].Length > 0 ? parts[2] : id.ToString();
        string unit = name.EndsWith(SliceSuffix, StringComparison.Ordinal) ? name
            : parts[1].Length > 0 ? $"{parts[1]}-{name}.scope"
            : $"{name}.scope";
        _ = PathOf(slice);
        return IsName(unit) ? new UnitName(slice, unit) : throw Refused(unit);
    }

    /// <summary>Where a slice lies below the hierarchy's root: <c>a-b.slice</c> is <c>/a.slice/a-b.slice</c>.</summary>
    /// <exception cref="HullException">It is no slice.</exception>
    public static string PathOf(string slice)
    {
        ArgumentNullException.ThrowIfNull(slice);
        if (slice == "-" + SliceSuffix)
        {
            return "";
        }

        string name = slice.EndsWith(SliceSuffix, StringComparison.Ordinal) ? slice[..^SliceSuffix.Length] : "";
        if (!IsName(slice) || name.Length == 0 || name[0] == '-' || name[^1] == '-' || name.Contains("--", StringComparison.Ordinal))
        {
            throw Refused(slice);
        }

        string path = "";
        for (int end = name.IndexOf('-', StringComparison.Ordinal); end > 0; end = name.IndexOf('-', end + 1))
        {
            path = $"{path}/{name[..end]}{SliceSuffix}";
        }

        return $"{path}/{slice}";
    }

    /// <summary>The unit's object: <c>a.scope</c> is <c>…/unit/a_2escope</c>.</summary>
    public string ObjectPath
    {
        get
        {
            string path = "/org/freedesktop/systemd1/unit/";
            for (int i = 0; i < Unit.Length; i++)
            {
                char c = Unit[i];
                path += char.IsAsciiLetter(c) || (char.IsAsciiDigit(c) && i > 0) ? c.ToString() : $"_{(int)c:x2}";
            }

            return path;
        }
    }

    private static bool IsName(string name) => name.Length is > 0 and <= MaxLength && name[0] != '.'
        && name.All(c => char.IsAsciiLetterOrDigit(c) || ":-_.\\@".Contains(c, StringComparison.Ordinal));

    private static HullException Refused(string name) => new(
        ErrorKind.InvalidArgument, $"The cgroup path cannot be used: invalid slice name or unit name '{name}'.");
}
