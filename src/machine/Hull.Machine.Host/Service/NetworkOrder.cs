namespace Hull.Machine.Host.Service;

/// <summary>One network card as an open tap.</summary>
/// <param name="Descriptor">The tap's descriptor.</param>
/// <param name="Address">The card's address, six bytes in hexadecimal.</param>
/// <param name="BytesPerSecond">Most bytes a second in each direction; 0 for no limit.</param>
public sealed record NetworkOrder(int Descriptor, string Address, long BytesPerSecond);
