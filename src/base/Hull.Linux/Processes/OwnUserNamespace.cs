using System.Globalization;

namespace Hull.Linux;

/// <summary>The user namespace this process is in. Source: user_namespaces(7), namespaces(7).</summary>
/// <remarks>In another than the machine's first, root is an ordinary user of the host: engines without privileges run there.</remarks>
public static class OwnUserNamespace
{
    private const string Path = "/proc/self/ns/user";
    private const string Map = "/proc/self/uid_map";

    // PROC_USER_INIT_INO of linux/proc_ns.h: the inode of the machine's first user namespace.
    private const ulong FirstInode = 0xEFFFFFFD;

    /// <summary>Whether it is not the machine's first one; false where the kernel has none.</summary>
    public static bool IsNested => HostFile.TryStat(Path, out HostFileStatus status) == Errno.None && status.Inode != FirstInode;

    /// <summary>The id that a user of this namespace has in the one around it; the same id where nothing says so.</summary>
    public static uint OutsideIdOf(uint userId)
    {
        _ = KernelFile.ReadText(Map, out string text);
        return OutsideIdOf(userId, text);
    }

    /// <summary>The same, with the text of the map.</summary>
    internal static uint OutsideIdOf(uint userId, string map)
    {
        foreach (string line in map.Split('\n'))
        {
            string[] numbers = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (numbers.Length == 3 && TryNumber(numbers[0], out uint inside) && TryNumber(numbers[1], out uint outside)
                && TryNumber(numbers[2], out uint size) && userId >= inside && userId - inside < size)
            {
                return outside + (userId - inside);
            }
        }

        return userId;
    }

    private static bool TryNumber(string text, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
