using System.Diagnostics;
using System.Globalization;
using Hull.Linux;

namespace Hull.Runtime.Container.Systemd;

/// <summary>What containers ask of systemd, the machine's or the user's own.</summary>
/// <remarks>Source: org.freedesktop.systemd1(5). Not thread-safe.</remarks>
internal sealed class SystemdManager : IDisposable
{
    private const string Name = "org.freedesktop.systemd1";
    private const string ManagerPath = "/org/freedesktop/systemd1";
    private const string Contract = Name + ".Manager";
    private const string SystemBus = "/run/dbus/system_bus_socket";
    private const string PrivateSocket = "/run/systemd/private";
    private const int MaxSignals = 10_000;

    private readonly BusConnection _bus;

    private SystemdManager(BusConnection bus, bool isBus)
    {
        _bus = bus;
        if (isBus)
        {
            // The bus sends what was asked for, and systemd speaks of jobs only to those who subscribed.
            BusWriter rule = new();
            rule.Text($"type='signal',sender='{Name}',interface='{Contract}',member='JobRemoved'");
            _ = _bus.Call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "AddMatch", "s", rule);
            _ = Call("Subscribe", "", new BusWriter());
        }
    }

    /// <summary>Whether an ordinary user's own systemd is asked.</summary>
    internal static bool IsUser => KernelProcess.EffectiveUserId != 0 || OwnUserNamespace.IsNested;

    /// <summary>Connects: over the bus, or as root to systemd itself where no bus runs.</summary>
    /// <exception cref="HullException">systemd does not run here.</exception>
    internal static SystemdManager Open()
    {
        if (!IsUser)
        {
            if (!Exists("/run/systemd/system"))
            {
                throw new HullException(
                    ErrorKind.FailedPrecondition,
                    "The cgroup manager 'systemd' cannot be used: systemd not running on this host; use --cgroup-manager=cgroupfs.");
            }

            bool isBus = Exists(SystemBus);
            return new SystemdManager(BusConnection.Open(isBus ? SystemBus : PrivateSocket, isBus), isBus);
        }

        return new SystemdManager(BusConnection.Open(UserBus(), isBus: true), isBus: true);
    }

    /// <summary>Starts a unit and waits until it is there.</summary>
    /// <exception cref="HullException">systemd refused it.</exception>
    internal void Start(UnitName unit, UnitProperties properties)
    {
        try
        {
            StartOnce(unit, properties);
        }
        catch (BusException error) when (error.IsUnitExists)
        {
            // One that failed stays until it is forgotten. One that runs stays, and the second try says so.
            _ = TryCall("ResetFailedUnit", unit);
            StartOnce(unit, properties);
        }
    }

    /// <summary>Changes properties of a unit, until the next boot.</summary>
    /// <exception cref="HullException">systemd refused one.</exception>
    internal void SetProperties(string unit, UnitProperties properties)
    {
        BusWriter body = new();
        body.Text(unit);
        body.Boolean(true);
        properties.WriteTo(body);
        _ = Call("SetUnitProperties", "sb" + UnitProperties.Signature, body);
    }

    /// <summary>Stops a unit, waits until it is gone, and forgets that it failed; does nothing where there is none.</summary>
    internal void Stop(UnitName unit)
    {
        BusWriter body = new();
        body.Text(unit.Unit);
        body.Text("replace");
        try
        {
            Await(Call("StopUnit", "ss", body), unit);
        }
        catch (BusException error) when (error.IsNoUnit)
        {
            // Its last process ended, and systemd forgot it by itself.
        }

        _ = TryCall("ResetFailedUnit", unit);
    }

    /// <summary>Where a unit's cgroup is, below the hierarchy's root.</summary>
    internal string ControlGroupOf(UnitName unit)
    {
        BusWriter body = new();
        body.Text($"{Name}.{(unit.IsSlice ? "Slice" : "Scope")}");
        body.Text("ControlGroup");
        BusMessage answer = _bus.Call(Name, unit.ObjectPath, "org.freedesktop.DBus.Properties", "Get", "ss", body);
        BusReader reader = new(answer.Body.Span);
        string path = reader.Signature() == "s" ? reader.Text() : "";
        return path.Length > 1 ? path : throw new HullException(
            ErrorKind.FailedPrecondition, $"The unit '{unit.Unit}' has no cgroup: it ended while it was made.");
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();

    private void StartOnce(UnitName unit, UnitProperties properties)
    {
        BusWriter body = new();
        body.Text(unit.Unit);
        body.Text("replace");
        properties.WriteTo(body);
        body.EndArray(body.BeginArray(8));
        Await(Call("StartTransientUnit", $"ss{UnitProperties.Signature}a(sa(sv))", body), unit);
    }

    // JobRemoved has the job's number, object, unit and result.
    private void Await(BusMessage started, UnitName unit)
    {
        string job = new BusReader(started.Body.Span).Text();
        var watch = Stopwatch.StartNew();
        for (int i = 0; i < MaxSignals; i++)
        {
            BusMessage signal = _bus.NextSignal(watch);
            if (signal is not { Member: "JobRemoved", Signature: "uoss" })
            {
                continue;
            }

            BusReader reader = new(signal.Body.Span);
            _ = reader.UInt32();
            if (reader.Text() == job)
            {
                _ = reader.Text();
                string result = reader.Text();
                if (result is not ("done" or "skipped"))
                {
                    _ = TryCall("ResetFailedUnit", unit);
                    throw new HullException(
                        ErrorKind.FailedPrecondition, $"systemd could not start or stop the unit '{unit.Unit}': the job ended as '{result}'.");
                }

                return;
            }
        }

        throw new HullException(ErrorKind.Unavailable, $"systemd did not say what became of the unit '{unit.Unit}'.");
    }

    private BusMessage Call(string member, string signature, BusWriter body) =>
        _bus.Call(Name, ManagerPath, Contract, member, signature, body);

    private bool TryCall(string member, UnitName unit)
    {
        BusWriter body = new();
        body.Text(unit.Unit);
        try
        {
            _ = Call(member, "s", body);
            return true;
        }
        catch (BusException)
        {
            return false;
        }
    }

    private static bool Exists(string path) => HostFile.TryStat(path, out _) == Errno.None;

    private static string UserBus()
    {
        const string Scheme = "unix:path=";
        string? address = Environment.GetEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS");
        string? directory = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        string path = address?.StartsWith(Scheme, StringComparison.Ordinal) == true
            ? address[Scheme.Length..].Split(',', ';')[0]
            : (directory ?? string.Create(CultureInfo.InvariantCulture, $"/run/user/{OwnUserNamespace.OutsideIdOf(KernelProcess.EffectiveUserId)}")) + "/bus";
        return Exists(path) ? path : throw new HullException(
            ErrorKind.FailedPrecondition,
            $"The cgroup manager 'systemd' cannot be used: no bus of the user's own systemd at '{path}'; log in through it, or set DBUS_SESSION_BUS_ADDRESS.");
    }
}
