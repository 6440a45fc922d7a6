namespace Hull.Cli;

/// <summary>Finds the keys that leave a container without ending it, by default Ctrl-P Ctrl-Q.</summary>
internal sealed class DetachKeys
{
    /// <summary>The keys without an option.</summary>
    internal const string Default = "ctrl-p,ctrl-q";

    private const int ControlMask = 0x1f;

    private readonly byte[] _sequence;
    private int _matched;

    /// <summary>Reads <c>ctrl-p,ctrl-q</c>, <c>a,b</c>, <c>ctrl-@</c>.</summary>
    internal DetachKeys(string text) => _sequence = [.. text.Split(',').Select(ReadKey)];

    /// <summary>Takes the keys out of what was typed.</summary>
    /// <param name="typed">What was typed.</param>
    /// <param name="passed">What goes to the container.</param>
    /// <returns>Whether the whole sequence was typed.</returns>
    internal bool Filter(ReadOnlySpan<byte> typed, out byte[] passed)
    {
        List<byte> through = new(typed.Length);
        foreach (byte key in typed)
        {
            if (key == _sequence[_matched])
            {
                if (++_matched == _sequence.Length)
                {
                    passed = [.. through];
                    return true;
                }

                continue;
            }

            // Not the sequence after all: what was held back goes through.
            through.AddRange(_sequence.AsSpan(0, _matched));
            _matched = 0;
            if (key == _sequence[0])
            {
                _matched = _sequence.Length > 1 ? 1 : 0;
            }
            else
            {
                through.Add(key);
            }
        }

        passed = [.. through];
        return false;
    }

    private static byte ReadKey(string key)
    {
        if (key.Length == 1 && char.IsAscii(key[0]))
        {
            return (byte)key[0];
        }

        return key.StartsWith("ctrl-", StringComparison.Ordinal) && key.Length == 6 && (key[5] is (>= '@' and <= '_') or (>= 'a' and <= 'z'))
            ? (byte)(char.ToUpperInvariant(key[5]) & ControlMask)
            : throw new UsageException($"'{key}' is not a detach key: use a character or ctrl-a to ctrl-z.");
    }
}
