namespace Hull.Machine.Host.Service;

/// <summary>One disk as open files.</summary>
/// <param name="IsReadOnly">Whether the guest may only read.</param>
/// <param name="Layers">Its files, top first.</param>
public sealed record DiskOrder(bool IsReadOnly, IReadOnlyList<LayerOrder> Layers);
