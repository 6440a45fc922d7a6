using System.Globalization;
using Hull.Oci.Runtime;

namespace Hull.Engine.Spec;

/// <summary>Turns <c>user[:group]</c> into numbers with the image's own <c>/etc/passwd</c> and <c>/etc/group</c>.</summary>
internal static class UserResolver
{
    internal static (UserSpec User, string Home) Resolve(RootFilesystem root, string user, IReadOnlyList<string> moreGroups)
    {
        Lazy<string[]> passwd = new(() => RootFiles.ReadLines(root, "/etc/passwd"));
        Lazy<string[]> group = new(() => RootFiles.ReadLines(root, "/etc/group"));
        string[] parts = user.Length == 0 ? ["0"] : user.Split(':');
        if (parts.Length > 2 || parts[0].Length == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The user '{user}' is not valid: use NAME|UID[:GROUP|GID].");
        }

        // A number too large to be one is no name: an image could have a user of that name who is root (CVE-2026-46680).
        string[]? entry = IsNumber(parts[0]) && !TryNumber(parts[0], out _) ? null : FindEntry(passwd.Value, parts[0]);
        if (!TryNumber(entry?[2] ?? parts[0], out uint uid))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The user '{parts[0]}' cannot be found: the image's /etc/passwd has no matching entry.");
        }

        uint gid = 0;
        if (parts.Length == 2)
        {
            gid = GroupNumber(group.Value, parts[1]);
        }
        else if (entry is not null && !TryNumber(entry[3], out gid))
        {
            // Not taken for 0, as Docker does: that is root's group.
            throw new HullException(
                ErrorKind.InvalidArgument, $"The user '{parts[0]}' has no valid group in the image's /etc/passwd: name one, as in '{parts[0]}:GROUP'.");
        }

        SortedSet<uint> groups = [.. moreGroups.Select(name => GroupNumber(group.Value, name))];
        if (parts.Length == 1 && entry is not null)
        {
            // As Docker: the groups of the user's name, unless a group was given.
            groups.UnionWith(GroupsOf(group.Value, entry[0]));
        }

        UserSpec spec = new()
        {
            Uid = uid,
            Gid = gid,
            AdditionalGids = groups.Count > 0 ? [.. groups] : null,
        };
        return (spec, entry is { Length: > 5 } && entry[5].Length > 0 ? entry[5] : "/");
    }

    private static string[]? FindEntry(string[] lines, string nameOrNumber)
    {
        string[]? byNumber = null;
        foreach (string line in lines)
        {
            string[] fields = line.Split(':');
            if (fields.Length < 4)
            {
                continue;
            }

            if (fields[0] == nameOrNumber)
            {
                return fields;
            }

            byNumber ??= fields[2] == nameOrNumber ? fields : null;
        }

        return byNumber;
    }

    private static bool IsNumber(string text) => !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static uint GroupNumber(string[] lines, string nameOrNumber)
    {
        foreach (string line in IsNumber(nameOrNumber) && !TryNumber(nameOrNumber, out _) ? [] : lines)
        {
            string[] fields = line.Split(':');
            if (fields.Length >= 3 && fields[0] == nameOrNumber && TryNumber(fields[2], out uint found))
            {
                return found;
            }
        }

        return TryNumber(nameOrNumber, out uint number)
            ? number
            : throw new HullException(
                ErrorKind.InvalidArgument, $"The group '{nameOrNumber}' cannot be found: the image's /etc/group has no matching entry.");
    }

    private static IEnumerable<uint> GroupsOf(string[] lines, string user)
    {
        foreach (string line in lines)
        {
            string[] fields = line.Split(':');
            if (fields.Length >= 4 && fields[3].Split(',').Contains(user) && TryNumber(fields[2], out uint gid))
            {
                yield return gid;
            }
        }
    }

    // 2^31 - 1 is the most Docker accepts; beyond it lie the kernel's "no such user" values.
    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= int.MaxValue;
}
