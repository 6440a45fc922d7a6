namespace Hull.Machine.Devices.Interrupts;

// With local APICs that the host's kernel has: it is told what each input sends, and inputs are raised there.
public sealed partial class IoApic
{
    private IHostedInterrupts? _host;

    /// <summary>Sends to the kernel's local APICs from now on, after the board's were handed over.</summary>
    public void HandOver(IHostedInterrupts host)
    {
        ArgumentNullException.ThrowIfNull(host);
        lock (_gate)
        {
            PublishRoutes(host);
            _host = host;
        }
    }

    /// <summary>Sends to the board's local APICs again, before they are taken back; what was raised has arrived then.</summary>
    public void TakeOver()
    {
        lock (_gate)
        {
            _host?.Disconnect();
            _host = null;
        }
    }

    private void PublishRoutes(IHostedInterrupts host)
    {
        var routes = new MessageSignal?[Inputs];
        for (int i = 0; i < Inputs; i++)
        {
            routes[i] = IoApicRoute.Of(_entries[i]);
        }

        host.SetRoutes(routes);
    }

    // Under the lock, so that the route is the entry's: the kernel calls nobody back.
    private InterruptMessage? SendHosted(int line, InterruptMessage? message)
    {
        if (_host is not { } host)
        {
            return message;
        }

        if (message is not null && IoApicRoute.Of(_entries[line]) is not null)
        {
            host.Raise(line);
        }

        return null;
    }
}
