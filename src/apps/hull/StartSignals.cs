using System.Runtime.InteropServices;
using Hull.Engine.Containers;
using Hull.Engine.Settings;
using Hull.Engine.Tasks;
using Hull.Supervision;

namespace Hull.Cli;

/// <summary>Passes signals on while a container starts that takes seconds to: Ctrl-C then ends its machine.</summary>
/// <remarks>Before the start was asked for, signals do to this program what they do to any.</remarks>
internal sealed class StartSignals : IDisposable
{
    private static readonly (PosixSignal Signal, int Number)[] s_forwarded =
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3), (PosixSignal.SIGTERM, 15)];

    private readonly List<PosixSignalRegistration> _registrations = [];
    private TaskConnection? _connection;
    private volatile bool _isHandedOver;

    private StartSignals()
    {
        foreach ((PosixSignal signal, int number) in s_forwarded)
        {
            _registrations.Add(PosixSignalRegistration.Create(signal, context => Forward(context, number)));
        }
    }

    /// <summary>Begins to listen; null for a container on the host's kernel, which starts before anybody could press a key.</summary>
    internal static StartSignals? For(ContainerView view, AttachOptions options) =>
        view.Row.Settings.Isolation == ContainerSettings.MicroVm && options.ForwardSignals ? new StartSignals() : null;

    /// <summary>The start is under way.</summary>
    internal void Begin(TaskConnection connection) => Volatile.Write(ref _connection, connection);

    /// <summary>It is over, and somebody else passes signals on from here.</summary>
    internal void HandOver() => _isHandedOver = true;

    public void Dispose() => _registrations.ForEach(one => one.Dispose());

    // The other thread only reads from the connection until the start is over.
    private void Forward(PosixSignalContext context, int number)
    {
        if (Volatile.Read(ref _connection) is { } connection)
        {
            context.Cancel = true;
            if (!_isHandedOver)
            {
                connection.TrySend(FrameKind.Signal, number);
            }
        }
    }
}
