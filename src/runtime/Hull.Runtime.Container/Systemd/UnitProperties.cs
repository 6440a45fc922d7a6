namespace Hull.Runtime.Container.Systemd;

/// <summary>Properties of a unit as systemd's methods take them: an array of names and variants.</summary>
/// <remarks>Source: org.freedesktop.systemd1(5), "StartTransientUnit()", "SetUnitProperties()".</remarks>
public sealed class UnitProperties
{
    /// <summary>The D-Bus type of the array.</summary>
    public const string Signature = "a(sv)";

    private readonly List<(string Name, Action<BusWriter> Write, string Type)> _list = [];

    /// <summary>The names, in order.</summary>
    public IReadOnlyList<string> Names => [.. _list.Select(each => each.Name)];

    /// <summary>A text.</summary>
    public void Add(string name, string value) => _list.Add((name, writer => writer.Text(value), "s"));

    /// <summary>A switch.</summary>
    public void Add(string name, bool value) => _list.Add((name, writer => writer.Boolean(value), "b"));

    /// <summary>A 64-bit number; its largest stands for "no limit".</summary>
    public void Add(string name, ulong value) => _list.Add((name, writer => writer.UInt64(value), "t"));

    /// <summary>A 32-bit number with a sign.</summary>
    public void AddInt32(string name, int value) => _list.Add((name, writer => writer.UInt32((uint)value), "i"));

    /// <summary>A 32-bit number.</summary>
    public void AddUInt32(string name, uint value) => _list.Add((name, writer => writer.UInt32(value), "u"));

    /// <summary>A set of numbers as bits, the lowest first.</summary>
    public void Add(string name, byte[] bits) => _list.Add((name, writer => Array(writer, 1, bits, writer.Byte), "ay"));

    /// <summary>Texts.</summary>
    public void Add(string name, IReadOnlyList<string> values) => _list.Add((name, writer => Array(writer, 4, values, writer.Text), "as"));

    /// <summary>Process ids.</summary>
    public void AddProcess(string name, int processId) =>
        _list.Add((name, writer => Array(writer, 4, [processId], each => writer.UInt32((uint)each)), "au"));

    /// <summary>Pairs of texts.</summary>
    public void AddPairs(string name, IReadOnlyList<(string First, string Second)> pairs) => _list.Add((
        name,
        writer => Array(writer, 8, pairs, pair =>
        {
            writer.Struct();
            writer.Text(pair.First);
            writer.Text(pair.Second);
        }),
        "a(ss)"));

    /// <summary>Takes another list's properties, after this one's.</summary>
    public void AddAll(UnitProperties others)
    {
        ArgumentNullException.ThrowIfNull(others);
        _list.AddRange(others._list);
    }

    /// <summary>Writes them as <see cref="Signature"/>.</summary>
    public void WriteTo(BusWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Array(writer, 8, _list, each =>
        {
            writer.Struct();
            writer.Text(each.Name);
            writer.Signature(each.Type);
            each.Write(writer);
        });
    }

    private static void Array<T>(BusWriter writer, int alignment, IReadOnlyList<T> elements, Action<T> write)
    {
        (int LengthAt, int Start) array = writer.BeginArray(alignment);
        for (int i = 0; i < elements.Count; i++)
        {
            write(elements[i]);
        }

        writer.EndArray(array);
    }
}
