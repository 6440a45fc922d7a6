using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A point of time as file systems keep it: seconds since 1970 (may be negative) and nanoseconds within the second.</summary>
/// <remarks>Layout of struct timespec on 64-bit Linux, 16 bytes.</remarks>
/// <param name="Seconds">Seconds since 1970-01-01 UTC.</param>
/// <param name="Nanoseconds">0 to 999,999,999.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FileTime(long Seconds, long Nanoseconds) : IComparable<FileTime>
{
    /// <inheritdoc/>
    public int CompareTo(FileTime other) =>
        Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>Whether one time is before another.</summary>
    public static bool operator <(FileTime left, FileTime right) => left.CompareTo(right) < 0;

    /// <summary>Whether one time is after another.</summary>
    public static bool operator >(FileTime left, FileTime right) => left.CompareTo(right) > 0;

    /// <summary>Whether one time is not after another.</summary>
    public static bool operator <=(FileTime left, FileTime right) => left.CompareTo(right) <= 0;

    /// <summary>Whether one time is not before another.</summary>
    public static bool operator >=(FileTime left, FileTime right) => left.CompareTo(right) >= 0;
}

/// <summary>The two times utimensat sets, in its order.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AccessAndModification
{
    internal FileTime Access;
    internal FileTime Modification;
}
