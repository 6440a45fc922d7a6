using Hull.Linux;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Network;
using Hull.Machine.Host.Service;

namespace Hull.MachineProcess.User;

/// <summary>A machine's network cards over taps it was handed; made anew for each boot, the taps stay.</summary>
internal sealed class NetworkSet : IDisposable
{
    private readonly List<(TapLink Link, NetworkDevice Card)> _cards = [];

    internal NetworkSet(IReadOnlyList<NetworkOrder> networks, MachineClock clock)
    {
        foreach (NetworkOrder network in networks)
        {
            TapLink link = new(DescriptorIo.Duplicate(FileDescriptor.Borrow(network.Descriptor)));
            NetworkDevice card = new(
                link,
                clock,
                new NetworkOptions { Address = Convert.FromHexString(network.Address), BytesPerSecond = network.BytesPerSecond });
            _cards.Add((link, card));
        }
    }

    internal IEnumerable<IVirtioDevice> Devices => _cards.Select(card => card.Card);

    internal void Start() => _cards.ForEach(card => card.Link.Start(card.Card));

    public void Dispose() => _cards.ForEach(card => card.Link.Dispose());
}
