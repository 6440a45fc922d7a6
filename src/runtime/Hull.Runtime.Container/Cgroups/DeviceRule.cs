using System.Globalization;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Devices of one kind by number, and what may be done with them.</summary>
/// <param name="Kind"><c>c</c> or <c>b</c>.</param>
/// <param name="Major">Major number; <see cref="Any"/> for all.</param>
/// <param name="Minor">Minor number; <see cref="Any"/> for all.</param>
/// <param name="Access">What.</param>
internal readonly record struct DeviceRule(char Kind, long Major, long Minor, DeviceAccess Access)
{
    internal const long Any = -1;

    /// <summary>The line of <c>devices.allow</c> and <c>devices.deny</c>: <c>c 1:3 rwm</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Kind} {Number(Major)}:{Number(Minor)} {Letters}");

    /// <summary>The access as letters of <c>rwm</c>.</summary>
    internal string Letters => LettersOf(Access);

    internal bool SameDevices(in DeviceRule other) => Kind == other.Kind && Major == other.Major && Minor == other.Minor;

    /// <summary>True when each device of the other rule is one of this rule's.</summary>
    internal bool Covers(in DeviceRule other) =>
        Kind == other.Kind && (Major == Any || Major == other.Major) && (Minor == Any || Minor == other.Minor);

    internal static DeviceAccess ParseAccess(string? letters, DeviceRuleSpec rule)
    {
        if (string.IsNullOrEmpty(letters))
        {
            return DeviceAccess.All;
        }

        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
        {
            access |= letter switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.MakeNode,
                'a' => DeviceAccess.None, // Some writers mean the type by it; runc reads over it.
                _ => throw new HullException(
                    ErrorKind.InvalidArgument,
                    $"The access '{letters}' of the device rule for '{rule.Type} {rule.Major}:{rule.Minor}' is invalid: use letters of 'rwm'."),
            };
        }

        return access;
    }

    private static string Number(long value) => value == Any ? "*" : value.ToString(CultureInfo.InvariantCulture);

    private static string LettersOf(DeviceAccess access) => access switch
    {
        DeviceAccess.All => "rwm",
        DeviceAccess.Read => "r",
        DeviceAccess.Write => "w",
        DeviceAccess.MakeNode => "m",
        DeviceAccess.Read | DeviceAccess.Write => "rw",
        DeviceAccess.Read | DeviceAccess.MakeNode => "rm",
        DeviceAccess.Write | DeviceAccess.MakeNode => "wm",
        _ => "",
    };
}
