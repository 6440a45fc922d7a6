namespace Hull.Runtime.Container.Seccomp;

/// <summary>The space of call numbers of one architecture, cut where the outcome changes.</summary>
internal sealed class SeccompSegments
{
    private readonly List<(uint Start, int Outcome)> _segments = new(256);

    /// <summary>How many there are; the first starts at 0 and each reaches up to the next.</summary>
    internal int Count => _segments.Count;

    /// <summary>The first number of a segment, and what happens to its calls.</summary>
    internal (uint Start, int Outcome) this[int index] => _segments[index];

    /// <summary>From this number on, the outcome is that; numbers must rise from call to call.</summary>
    internal void From(uint start, int outcome)
    {
        if (_segments.Count == 0 || _segments[^1].Outcome != outcome)
        {
            _segments.Add((start, outcome));
        }
    }

    /// <summary>Takes back what was said of this number and of those above it.</summary>
    internal void CutFrom(uint start)
    {
        while (_segments.Count > 0 && _segments[^1].Start >= start)
        {
            _segments.RemoveAt(_segments.Count - 1);
        }
    }
}
