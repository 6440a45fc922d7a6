namespace Hull.Runtime.Container.Checkpoint;

/// <summary>Reads protocol buffers field by field.</summary>
/// <remarks>Source: Protocol Buffers, "Encoding". Whatever does not fit ends the reading.</remarks>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>The field's number.</summary>
    internal int Field { get; private set; }

    /// <summary>Its value when it is a number.</summary>
    internal ulong Number { get; private set; }

    /// <summary>Its bytes when it is a text or message; empty otherwise.</summary>
    internal ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end, and where the bytes are damaged.</returns>
    internal bool Next()
    {
        Bytes = default;
        Number = 0;
        if (!TryVarint(out ulong tag))
        {
            return false;
        }

        Field = (int)(tag >> 3);
        switch (tag & 7)
        {
            case 0:
                bool read = TryVarint(out ulong number);
                Number = number;
                return read;
            case 1:
                return TrySkip(8);
            case 2:
                if (!TryVarint(out ulong length) || length > (ulong)_rest.Length)
                {
                    return false;
                }

                Bytes = _rest[..(int)length];
                return TrySkip((int)length);
            case 5:
                return TrySkip(4);
            default:
                return false;
        }
    }

    private bool TrySkip(int count)
    {
        if (count > _rest.Length)
        {
            return false;
        }

        _rest = _rest[count..];
        return true;
    }

    private bool TryVarint(out ulong value)
    {
        value = 0;
        for (int i = 0; i < _rest.Length && i < 10; i++)
        {
            value |= (ulong)(_rest[i] & 0x7f) << (7 * i);
            if (_rest[i] < 0x80)
            {
                _rest = _rest[(i + 1)..];
                return true;
            }
        }

        return false;
    }
}
