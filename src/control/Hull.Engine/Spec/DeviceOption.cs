using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Engine.Spec;

/// <summary>One device of the host in a container: <c>--device HOST[:CONTAINER[:rwm]]</c>.</summary>
internal sealed record DeviceOption(DeviceSpec Device, DeviceRuleSpec Rule)
{
    private const string HostDevices = "/dev";

    private static readonly string[] s_notForContainers =
        ["/dev/pts", "/dev/shm", "/dev/fd", "/dev/mqueue", "/dev/console", "/dev/lxc", "/dev/lxd-fuse", "/dev/.lxc"];

    /// <summary>Reads the option; a directory stands for the devices in it.</summary>
    internal static IEnumerable<DeviceOption> Parse(string text)
    {
        string[] parts = text.Split(':');
        string host = parts[0];
        bool secondIsMode = parts.Length == 2 && IsAccess(parts[1]);
        string inside = parts.Length > 1 && !secondIsMode ? parts[1] : host;
        string access = parts.Length == 3 ? parts[2] : secondIsMode ? parts[1] : "rwm";
        if (parts.Length > 3 || !host.StartsWith('/') || !inside.StartsWith('/') || !IsAccess(access))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The device '{text}' is not valid: use HOST[:CONTAINER[:rwm]] with absolute paths.");
        }

        if (!Directory.Exists(host))
        {
            return [Make(host, inside, access)];
        }

        return Directory.EnumerateFiles(host).Select(path => Make(path, Path.Combine(inside, Path.GetFileName(path)), access));
    }

    /// <summary>Reads a rule such as <c>c 1:3 rwm</c> or <c>a *:* m</c>.</summary>
    internal static DeviceRuleSpec ParseRule(string text)
    {
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] numbers = parts.Length == 3 ? parts[1].Split(':') : [];
        if (numbers.Length != 2 || parts[0] is not ("a" or "b" or "c") || !IsAccess(parts[2])
            || !TryNumber(numbers[0], out long? major) || !TryNumber(numbers[1], out long? minor))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The device rule '{text}' is not valid: use 'c 1:3 rwm' with a, b or c and numbers or '*'.");
        }

        return new DeviceRuleSpec { Allow = true, Type = parts[0], Major = major, Minor = minor, Access = parts[2] };
    }

    /// <summary>Every device of the host, for a privileged container.</summary>
    internal static IEnumerable<DeviceSpec> AllOfHost()
    {
        EnumerationOptions options = new()
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        };
        foreach (string path in Directory.EnumerateFiles(HostDevices, "*", options))
        {
            bool skipped = s_notForContainers.Any(prefix => path == prefix || path.StartsWith(prefix + "/", StringComparison.Ordinal));
            if (!skipped && StatusOf(path) is { Type: FileStatus.CharacterDevice or FileStatus.BlockDevice } status)
            {
                yield return Describe(path, status);
            }
        }
    }

    /// <summary>A device's numbers.</summary>
    internal static (long Major, long Minor, bool IsBlock) NumbersOf(string path) =>
        StatusOf(path) is { Type: FileStatus.CharacterDevice or FileStatus.BlockDevice } status
            ? (status.DeviceMajor, status.DeviceMinor, status.Type == FileStatus.BlockDevice)
            : throw new HullException(ErrorKind.InvalidArgument, $"'{path}' is not a device of this host.");

    private static DeviceOption Make(string host, string inside, string access)
    {
        _ = NumbersOf(host);
        DeviceSpec device = Describe(inside, StatusOf(host)!.Value);
        DeviceRuleSpec rule = new()
        {
            Allow = true,
            Type = device.Type,
            Major = device.Major,
            Minor = device.Minor,
            Access = access,
        };
        return new DeviceOption(device, rule);
    }

    private static DeviceSpec Describe(string path, FileStatus status) => new()
    {
        Path = path,
        Type = status.Type == FileStatus.BlockDevice ? "b" : "c",
        Major = status.DeviceMajor,
        Minor = status.DeviceMinor,
        FileMode = status.Permissions,
        Uid = status.Uid,
        Gid = status.Gid,
    };

    private static FileStatus? StatusOf(string path)
    {
        string resolved = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        string? parent = Path.GetDirectoryName(resolved);
        if (parent is null || !Directory.Exists(parent))
        {
            return null;
        }

        using FileDescriptor directory = FileTree.OpenRoot(parent);
        byte[] name = System.Text.Encoding.UTF8.GetBytes(Path.GetFileName(resolved));
        return FileTree.Status(directory, name, out FileStatus status) == Errno.None ? status : null;
    }

    private static bool IsAccess(string text) => text.Length is > 0 and <= 3 && text.All(c => c is 'r' or 'w' or 'm');

    private static bool TryNumber(string text, out long? number)
    {
        number = null;
        if (text == "*")
        {
            return true;
        }

        bool read = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value);
        number = value;
        return read;
    }
}
