using Hull.Linux;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Network;

namespace Hull.Cli.Machines;

/// <summary>A machine's network cards, closed together.</summary>
internal sealed class CardSet : IDisposable
{
    private readonly List<(TapLink Link, NetworkDevice Card)> _cards = [];

    internal CardSet(IReadOnlyList<string> cards, MachineClock clock)
    {
        try
        {
            foreach (string text in cards)
            {
                var options = CardOptions.Parse(text);
                TapLink link = new(Tap.Open(options.Tap));
                NetworkOptions made = new() { Address = Convert.FromHexString(options.Address), BytesPerSecond = options.BytesPerSecond };
                _cards.Add((link, new NetworkDevice(link, clock, made)));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal IEnumerable<IVirtioDevice> Devices => _cards.Select(card => card.Card);

    internal void Start() => _cards.ForEach(card => card.Link.Start(card.Card));

    public void Dispose() => _cards.ForEach(card => card.Link.Dispose());
}
