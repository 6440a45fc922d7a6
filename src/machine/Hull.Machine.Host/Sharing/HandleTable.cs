namespace Hull.Machine.Host.Sharing;

/// <summary>The files and directories a guest has open.</summary>
internal sealed class HandleTable
{
    /// <summary>Most open at a time.</summary>
    internal const int MaxHandles = 8192;

    private readonly Dictionary<ulong, OpenFile> _files = [];
    private ulong _next = 1;

    /// <summary>Takes over a descriptor.</summary>
    /// <returns>0 when there are too many; the descriptor is closed then.</returns>
    internal ulong Add(OpenFile file)
    {
        if (_files.Count >= MaxHandles)
        {
            file.Descriptor.Dispose();
            return 0;
        }

        _files.Add(_next, file);
        return _next++;
    }

    internal OpenFile? Find(ulong handle) => _files.GetValueOrDefault(handle);

    internal bool Remove(ulong handle)
    {
        if (!_files.Remove(handle, out OpenFile? file))
        {
            return false;
        }

        file.Descriptor.Dispose();
        return true;
    }

    internal void Clear()
    {
        foreach (OpenFile file in _files.Values)
        {
            file.Descriptor.Dispose();
        }

        _files.Clear();
    }
}
