using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Service;

namespace Hull.MachineProcess.User;

/// <summary>A machine's network cards over taps it was handed.</summary>
internal sealed class NetworkSet : IDisposable
{
    internal NetworkSet(IReadOnlyList<NetworkOrder> networks)
    {
        if (networks.Count > 0)
        {
            throw new HullException(ErrorKind.Unimplemented, "Network cards are not supported yet.");
        }
    }

    internal IReadOnlyList<IVirtioDevice> Devices { get; } = [];

    public void Dispose()
    {
    }
}
