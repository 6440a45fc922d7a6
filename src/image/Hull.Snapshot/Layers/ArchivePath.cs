using System.Text;

namespace Hull.Snapshot.Layers;

/// <summary>A path of an archive, made relative to the archive's root: no leading slash, no <c>.</c>, no <c>..</c>.</summary>
/// <remarks>A <c>..</c> above the root stays at the root, as <c>/..</c> does on a running system.</remarks>
internal sealed class ArchivePath
{
    private byte[] _bytes = new byte[512];
    private int _length;

    /// <summary>The whole path; empty for the root.</summary>
    internal ReadOnlySpan<byte> Whole => _bytes.AsSpan(0, _length);

    /// <summary>Whether it names the root itself.</summary>
    internal bool IsRoot => _length == 0;

    /// <summary>The path up to the last component, without a trailing slash.</summary>
    internal ReadOnlySpan<byte> Parent
    {
        get
        {
            int slash = Whole.LastIndexOf((byte)'/');
            return slash < 0 ? default : Whole[..slash];
        }
    }

    /// <summary>The last component.</summary>
    internal ReadOnlySpan<byte> Name => Whole[(Whole.LastIndexOf((byte)'/') + 1)..];

    /// <summary>Takes another path.</summary>
    internal void Set(ReadOnlySpan<byte> raw)
    {
        _length = 0;
        if (_bytes.Length < raw.Length)
        {
            _bytes = new byte[raw.Length];
        }

        while (!raw.IsEmpty)
        {
            int slash = raw.IndexOf((byte)'/');
            ReadOnlySpan<byte> component = slash < 0 ? raw : raw[..slash];
            raw = slash < 0 ? default : raw[(slash + 1)..];
            if (component.IsEmpty || component.SequenceEqual("."u8))
            {
                continue;
            }

            if (component.SequenceEqual(".."u8))
            {
                _length = Parent.Length;
                continue;
            }

            if (_length > 0)
            {
                _bytes[_length++] = (byte)'/';
            }

            component.CopyTo(_bytes.AsSpan(_length));
            _length += component.Length;
        }
    }

    /// <summary>The path for messages.</summary>
    public override string ToString() => "/" + Encoding.UTF8.GetString(Whole);
}
