using System.Globalization;
using System.Text;
using Hull.Linux;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Bootstrap;

/// <summary>Rewrites the archive that mmdebstrap made so that only the packages decide its bytes.</summary>
internal static class BaseImageArchive
{
    private const long SecondsPerDay = 86_400;
    private const int MaxPasswordFile = 1024 * 1024;

    /// <summary>The newest time of a file that is older than the build: one that a package brought.</summary>
    internal static long FindNewestPackageFile(string archive, long started)
    {
        long newest = 0;
        using TarReader reader = new(Open(archive));
        while (reader.MoveNext())
        {
            long time = reader.Current.Modified.Seconds;
            if (time < started && reader.Current.Type == TarEntryType.File)
            {
                newest = Math.Max(newest, time);
            }
        }

        return newest;
    }

    /// <summary>Copies the archive without what differs from build to build.</summary>
    /// <param name="archive">What mmdebstrap wrote.</param>
    /// <param name="target">Where to.</param>
    /// <param name="started">The time mmdebstrap was told it is.</param>
    /// <param name="newest">The latest time that may stay.</param>
    internal static void Rewrite(string archive, Stream target, long started, long newest)
    {
        using TarReader reader = new(Open(archive));
        using TarWriter writer = new(target, leaveOpen: true);
        while (reader.MoveNext())
        {
            TarEntry entry = reader.Current;
            string path = entry.DisplayPath.TrimStart('.').Trim('/');
            if (path.Length == 0 || IsLeftOut(path))
            {
                continue;
            }

            TarHeader header = HeaderOf(entry, path, newest);
            if (path is "etc/shadow" or "etc/shadow-")
            {
                WritePasswords(reader, writer, header, started / SecondsPerDay, newest / SecondsPerDay);
            }
            else if (path == "etc/machine-id")
            {
                writer.WriteHeader(header with { Size = 0, Extents = null });
            }
            else
            {
                writer.WriteHeader(header);
                Copy(reader, writer);
            }
        }

        writer.Finish();
    }

    // Caches, logs and identities of the build; and what the runtime mounts over anyway.
    private static bool IsLeftOut(string path) =>
        path.StartsWith("dev/", StringComparison.Ordinal)
        || path.StartsWith("proc/", StringComparison.Ordinal)
        || path.StartsWith("sys/", StringComparison.Ordinal)
        || path.StartsWith("tmp/", StringComparison.Ordinal)
        || path.StartsWith("var/tmp/", StringComparison.Ordinal)
        || path is "etc/resolv.conf" or "etc/hostname" or "var/lib/dbus/machine-id"
            or "var/cache/ldconfig/aux-cache" or "var/lib/systemd/random-seed"
        || (path.StartsWith("var/cache/apt/", StringComparison.Ordinal) && path.EndsWith(".bin", StringComparison.Ordinal))
        || (path.StartsWith("var/log/", StringComparison.Ordinal) && path.EndsWith(".log", StringComparison.Ordinal));

    private static TarHeader HeaderOf(TarEntry entry, string path, long newest)
    {
        List<KeyValuePair<byte[], byte[]>> attributes = [];
        for (int i = 0; i < entry.AttributeCount; i++)
        {
            attributes.Add(new(entry.AttributeName(i).ToArray(), entry.AttributeValue(i).ToArray()));
        }

        ReadOnlySpan<byte> link = entry.LinkTarget;
        if (entry.Type == TarEntryType.HardLink && link.StartsWith("./"u8))
        {
            link = link[2..];
        }

        return new TarHeader
        {
            Path = Encoding.UTF8.GetBytes(path),
            Type = entry.Type,
            LinkTarget = link.ToArray(),
            Mode = entry.Mode,
            Uid = entry.Uid,
            Gid = entry.Gid,
            Size = entry.Size,
            Modified = new FileTime(Math.Min(entry.Modified.Seconds, newest), 0),
            DeviceMajor = entry.DeviceMajor,
            DeviceMinor = entry.DeviceMinor,
            Attributes = attributes,
            Extents = entry.IsSparse ? entry.Extents.ToArray() : null,
        };
    }

    // The third field is the day the password was last changed, which is the day of the build. Source: shadow(5).
    private static void WritePasswords(TarReader reader, TarWriter writer, TarHeader header, long buildDay, long stableDay)
    {
        MemoryStream content = new();
        ReadOnlySpan<byte> part;
        while (content.Length < MaxPasswordFile && !(part = reader.ReadBody()).IsEmpty)
        {
            content.Write(part);
        }

        string build = string.Create(CultureInfo.InvariantCulture, $":{buildDay}:");
        string stable = string.Create(CultureInfo.InvariantCulture, $":{stableDay}:");
        byte[] text = Encoding.UTF8.GetBytes(
            Encoding.UTF8.GetString(content.GetBuffer(), 0, (int)content.Length).Replace(build, stable, StringComparison.Ordinal));
        writer.WriteHeader(header with { Size = text.Length, Extents = null });
        writer.WriteBody(text);
    }

    private static void Copy(TarReader reader, TarWriter writer)
    {
        ReadOnlySpan<byte> part;
        while (!(part = reader.ReadBody()).IsEmpty)
        {
            writer.WriteBody(part);
        }
    }

    private static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
}
