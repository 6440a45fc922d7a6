using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Hull.Machine.Acpi;

/// <summary>Writes the few words of ACPI Machine Language that describe devices which do nothing by themselves.</summary>
/// <remarks>Source: ACPI 6.5 §20.2 (AML), §6.4 (resources). Not thread-safe.</remarks>
internal sealed class AmlWriter
{
    private const byte NameOp = 0x08;
    private const byte BytePrefix = 0x0A;
    private const byte WordPrefix = 0x0B;
    private const byte DwordPrefix = 0x0C;
    private const byte StringPrefix = 0x0D;
    private const byte ScopeOp = 0x10;
    private const byte BufferOp = 0x11;
    private const byte PackageOp = 0x12;
    private const byte MethodOp = 0x14;
    private const byte NotifyOp = 0x86;
    private const byte Serialized = 0x08;
    private const byte ExtensionPrefix = 0x5B;
    private const byte DeviceOp = 0x82;
    private const byte RootPrefix = 0x5C;
    private const int NameLength = 4;

    private readonly List<byte> _bytes = [];

    /// <summary>What was written.</summary>
    internal byte[] ToArray() => _bytes.ToArray();

    /// <summary>Scope (\NAME) { ... }</summary>
    internal void Scope(string name, Action<AmlWriter> body)
    {
        AmlWriter inner = new();
        inner._bytes.Add(RootPrefix);
        inner.NameSegment(name);
        body(inner);
        _bytes.Add(ScopeOp);
        Package(inner);
    }

    /// <summary>Device (NAME) { ... }</summary>
    internal void Device(string name, Action<AmlWriter> body)
    {
        AmlWriter inner = new();
        inner.NameSegment(name);
        body(inner);
        _bytes.Add(ExtensionPrefix);
        _bytes.Add(DeviceOp);
        Package(inner);
    }

    /// <summary>Name (NAME, integer)</summary>
    internal void Name(string name, uint value)
    {
        StartName(name);
        Integer(value);
    }

    /// <summary>Name (NAME, "text")</summary>
    internal void Name(string name, string text)
    {
        StartName(name);
        _bytes.Add(StringPrefix);
        _bytes.AddRange(Encoding.ASCII.GetBytes(text));
        _bytes.Add(0);
    }

    /// <summary>Name (_HID, EisaId ("PNP0501"))</summary>
    internal void EisaName(string name, string id)
    {
        uint letters = ((uint)(id[0] - 0x40) << 10) | ((uint)(id[1] - 0x40) << 5) | (uint)(id[2] - 0x40);
        uint product = uint.Parse(id.AsSpan(3), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        StartName(name);
        _bytes.Add(DwordPrefix);
        Dword(BinaryPrimitives.ReverseEndianness((letters << 16) | product));
    }

    /// <summary>Name (NAME, Package { integers })</summary>
    internal void PackageName(string name, params ReadOnlySpan<uint> values)
    {
        AmlWriter inner = new();
        inner._bytes.Add((byte)values.Length);
        foreach (uint value in values)
        {
            inner.Integer(value);
        }

        StartName(name);
        _bytes.Add(PackageOp);
        Package(inner);
    }

    /// <summary>Name (_CRS, ResourceTemplate () { ... })</summary>
    internal void Resources(Action<ResourceWriter> body)
    {
        ResourceWriter resources = new();
        body(resources);
        byte[] template = resources.Finish();
        AmlWriter inner = new();
        inner.Integer((uint)template.Length);
        inner._bytes.AddRange(template);
        StartName("_CRS");
        _bytes.Add(BufferOp);
        Package(inner);
    }

    /// <summary>Method (NAME, arguments, Serialized) { Notify (DEVICE, value) }</summary>
    internal void NotifyMethod(string name, byte arguments, string device, byte value)
    {
        AmlWriter inner = new();
        inner.NameSegment(name);
        inner._bytes.Add((byte)(arguments | Serialized));
        inner._bytes.Add(NotifyOp);
        inner.NameSegment(device);
        inner.Integer(value);
        _bytes.Add(MethodOp);
        Package(inner);
    }

    private void StartName(string name)
    {
        _bytes.Add(NameOp);
        NameSegment(name);
    }

    private void NameSegment(string name)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(name.Length, NameLength);
        _bytes.AddRange(Encoding.ASCII.GetBytes(name));
    }

    private void Integer(uint value)
    {
        switch (value)
        {
            case 0 or 1:
                _bytes.Add((byte)value);
                break;
            case <= byte.MaxValue:
                _bytes.Add(BytePrefix);
                _bytes.Add((byte)value);
                break;
            case <= ushort.MaxValue:
                _bytes.Add(WordPrefix);
                _bytes.Add((byte)value);
                _bytes.Add((byte)(value >> 8));
                break;
            default:
                _bytes.Add(DwordPrefix);
                Dword(value);
                break;
        }
    }

    private void Dword(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }

    // PkgLength counts itself. Source: ACPI 6.5 §20.2.4.
    private void Package(AmlWriter inner)
    {
        int body = inner._bytes.Count;
        const int OneByteLimit = 0x3F;
        if (body + 1 <= OneByteLimit)
        {
            _bytes.Add((byte)(body + 1));
        }
        else
        {
            int extra = body + 2 < 1 << 12 ? 1 : body + 3 < 1 << 20 ? 2 : 3;
            int length = body + 1 + extra;
            _bytes.Add((byte)((extra << 6) | (length & 0xF)));
            for (int i = 0; i < extra; i++)
            {
                _bytes.Add((byte)(length >> (4 + (8 * i))));
            }
        }

        _bytes.AddRange(inner._bytes);
    }
}
