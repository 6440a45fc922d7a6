using System.Globalization;

namespace Hull.Runtime.Security;

/// <summary>What the running kernel and this process's bounding set can give.</summary>
/// <remarks>Source: capabilities(7), /proc/sys/kernel/cap_last_cap; proc(5), /proc/pid/status, CapBnd.</remarks>
public static class HostCapabilities
{
    private const string LastPath = "/proc/sys/kernel/cap_last_cap";
    private const string StatusPath = "/proc/self/status";
    private const string BoundingField = "CapBnd:";

    /// <summary>The capabilities the kernel knows and this build has names for.</summary>
    public static CapabilitySet OfKernel() => UpTo(File.ReadAllText(LastPath));

    /// <summary>The bounding set of this process: the most that any container it starts can have.</summary>
    public static CapabilitySet Bounding() => BoundingOf(File.ReadLines(StatusPath)).Intersect(CapabilitySet.Known);

    /// <summary>Reads the kernel's highest bit number.</summary>
    internal static CapabilitySet UpTo(string last) =>
        int.TryParse(last.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int bit) && bit < 63
            ? CapabilitySet.Known.Intersect(new CapabilitySet((1ul << (bit + 1)) - 1))
            : CapabilitySet.Known;

    /// <summary>Finds the bounding set in the lines of a status file.</summary>
    internal static CapabilitySet BoundingOf(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            if (line.StartsWith(BoundingField, StringComparison.Ordinal)
                && ulong.TryParse(line.AsSpan(BoundingField.Length).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong mask))
            {
                return new CapabilitySet(mask);
            }
        }

        return CapabilitySet.None;
    }
}
