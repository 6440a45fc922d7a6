using System.Globalization;
using System.Text;

namespace Hull.Runtime.Container;

/// <summary>Writes small JSON objects without the serializer's start-up cost. Source: RFC 8259 §7.</summary>
internal sealed class PlainJson
{
    private readonly StringBuilder _text = new(512);
    private bool _first = true;

    /// <summary>Opens an object.</summary>
    internal void Begin()
    {
        _text.Append('{');
        _first = true;
    }

    /// <summary>Closes an object.</summary>
    internal void End()
    {
        _text.Append('}');
        _first = false;
    }

    /// <summary>A member with a number.</summary>
    internal void Number(string name, long value)
    {
        Name(name);
        _text.Append(value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A member with a string.</summary>
    internal void Text(string name, string value)
    {
        Name(name);
        Quote(value);
    }

    /// <summary>A member with an object of strings.</summary>
    internal void Map(string name, IReadOnlyDictionary<string, string> map)
    {
        Name(name);
        Begin();
        foreach ((string key, string value) in map)
        {
            Text(key, value);
        }

        End();
    }

    /// <summary>The text in UTF-8.</summary>
    internal byte[] ToBytes() => Encoding.UTF8.GetBytes(_text.ToString());

    private void Name(string name)
    {
        if (!_first)
        {
            _text.Append(',');
        }

        _first = false;
        Quote(name);
        _text.Append(':');
    }

    private void Quote(string value)
    {
        _text.Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\')
            {
                _text.Append('\\').Append(c);
            }
            else if (c < ' ')
            {
                _text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                _text.Append(c);
            }
        }

        _text.Append('"');
    }
}
