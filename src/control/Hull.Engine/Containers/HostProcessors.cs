using System.Globalization;

namespace Hull.Engine.Containers;

/// <summary>The host's processors, against which <c>--cpuset-cpus</c> is held before anything is made.</summary>
internal static class HostProcessors
{
    private const string OnlinePath = "/sys/devices/system/cpu/online";

    /// <summary>Makes sure that a list such as <c>0-2,4</c> names processors of this host.</summary>
    /// <exception cref="HullException">It does not.</exception>
    internal static void Check(string? list)
    {
        if (string.IsNullOrEmpty(list) || !File.Exists(OnlinePath))
        {
            return;
        }

        string online = File.ReadAllText(OnlinePath).Trim();
        List<(int First, int Last)> there = Parse(online) ?? [];
        List<(int First, int Last)> wanted = Parse(list) ?? throw new HullException(
            ErrorKind.InvalidArgument, $"The cpuset '{list}' is not a list of processors such as '0-2,4'.");
        foreach ((int first, int last) in wanted)
        {
            if (!there.Exists(range => first >= range.First && last <= range.Last))
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The cpuset '{list}' names processors that this host does not have: it has {online}.");
            }
        }
    }

    // Source: cpuset(7), "List format". Null when it is none.
    private static List<(int First, int Last)>? Parse(string list)
    {
        List<(int, int)> ranges = [];
        foreach (string part in list.Split(','))
        {
            string[] ends = part.Trim().Split('-');
            if (ends.Length > 2 || !TryNumber(ends[0], out int first) || !TryNumber(ends[^1], out int last) || last < first)
            {
                return null;
            }

            ranges.Add((first, last));
        }

        return ranges;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
