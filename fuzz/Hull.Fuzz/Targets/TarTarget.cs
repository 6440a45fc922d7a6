using System.Formats.Tar;
using System.Text;
using Hull.Snapshot.Tar;
using FormatsEntryType = System.Formats.Tar.TarEntryType;

namespace Hull.Fuzz.Targets;

/// <summary>Archives of layers, packed or not: read to the end without unpacking.</summary>
internal sealed class TarTarget : IFuzzTarget
{
    private const long MostBytes = 64 * 1024 * 1024;

    public string Name => "tar";

    public IReadOnlyList<byte[]> Seeds { get; } = [Make(TarEntryFormat.Pax), Make(TarEntryFormat.Gnu), Make(TarEntryFormat.Ustar)];

    public void Run(ReadOnlyMemory<byte> input)
    {
        using MemoryStream stream = new(input.ToArray());
        using Hull.Snapshot.Tar.TarReader reader = new(stream, new TarLimits { MaxBytes = MostBytes, MaxEntries = 10_000 });
        while (reader.MoveNext())
        {
            _ = reader.Current.DisplayPath;
            for (int i = 0; i < reader.Current.AttributeCount; i++)
            {
                _ = reader.Current.AttributeValue(i).Length;
            }

            while (!reader.ReadBody().IsEmpty)
            {
                // The bodies are looked at, not kept.
            }
        }
    }

    private static byte[] Make(TarEntryFormat format)
    {
        using MemoryStream stream = new();
        using (System.Formats.Tar.TarWriter writer = new(stream, format, leaveOpen: true))
        {
            foreach ((FormatsEntryType type, string name) in ((FormatsEntryType, string)[])
                [(FormatsEntryType.Directory, "etc/"), (FormatsEntryType.RegularFile, "etc/motd"), (FormatsEntryType.SymbolicLink, "etc/l"), (FormatsEntryType.HardLink, "etc/h"),
                (FormatsEntryType.RegularFile, "long/" + new string('n', 90) + "/.wh.gone")])
            {
                writer.WriteEntry(Entry(format, type, name));
            }
        }

        return stream.ToArray();
    }

    private static System.Formats.Tar.TarEntry Entry(TarEntryFormat format, FormatsEntryType type, string name)
    {
        System.Formats.Tar.TarEntry entry = format switch
        {
            TarEntryFormat.Pax => new PaxTarEntry(type, name, new Dictionary<string, string> { ["SCHILY.xattr.user.a"] = "b" }),
            TarEntryFormat.Gnu => new GnuTarEntry(type, name),
            _ => new UstarTarEntry(type, name),
        };
        if (type is FormatsEntryType.SymbolicLink or FormatsEntryType.HardLink)
        {
            entry.LinkName = "etc/motd";
        }
        else if (type == FormatsEntryType.RegularFile)
        {
            entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes("hello"));
        }

        return entry;
    }
}
