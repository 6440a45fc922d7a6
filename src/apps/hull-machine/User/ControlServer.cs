using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Host.Service;
using Microsoft.Win32.SafeHandles;

namespace Hull.MachineProcess.User;

/// <summary>Listens to the machine's owner; the socket's directory is the owner's alone.</summary>
internal sealed class ControlServer : IDisposable
{
    private const int MaxClients = 32;

    private readonly UserMachine _machine;
    private readonly FileDescriptor _listener;
    private int _clients;

    internal ControlServer(UserMachine machine, FileDescriptor listener)
    {
        _machine = machine;
        _listener = listener;
    }

    /// <summary>Begins to answer; who connected before has waited.</summary>
    internal void Start() => new Thread(Accept) { IsBackground = true, Name = "control" }.Start();

    /// <summary>The thread ends with the process.</summary>
    public void Dispose() => _listener.Dispose();

    private void Accept()
    {
        while (true)
        {
            try
            {
                _ = KernelProcess.WaitReadable(_listener, -1);
                if (UnixSocket.TryAccept(_listener) is { } client)
                {
                    Take(client);
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (LinuxException)
            {
                // This client is lost, the next may not be.
            }
        }
    }

    private void Take(FileDescriptor client)
    {
        if (Interlocked.Increment(ref _clients) > MaxClients)
        {
            Interlocked.Decrement(ref _clients);
            client.Dispose();
            return;
        }

        DescriptorIo.SetNonBlocking(client, false);
        new Thread(() => Serve(client)) { IsBackground = true, Name = "control client" }.Start();
    }

    private void Serve(FileDescriptor client)
    {
        VirtualMachine? held = null;
        try
        {
            while (VmProtocol.ReadLine(client) is { } line)
            {
                if (line == VmProtocol.Console)
                {
                    VmProtocol.WriteLine(client, VmProtocol.Done);
                    _machine.Console.Serve(client);
                    return;
                }

                VmProtocol.WriteLine(client, Answer(line, client, ref held));
            }
        }
        catch (LinuxException)
        {
            // The client is gone.
        }
        finally
        {
            // A client that dies between 'hold' and 'go' does not leave the guest standing.
            held?.Resume();
            client.Dispose();
            Interlocked.Decrement(ref _clients);
        }
    }

    private string Answer(string line, FileDescriptor client, ref VirtualMachine? held)
    {
        try
        {
            switch (line)
            {
                case VmProtocol.Status:
                    break;
                case VmProtocol.Button:
                    Running().PressPowerButton();
                    break;
                case VmProtocol.Kill:
                    _machine.Kill();
                    break;
                case VmProtocol.Hold when held is null:
                    held = Running();
                    held.Pause();
                    _machine.FlushDisks();
                    break;
                case VmProtocol.Save when held is not null:
                    Save(held, client);
                    break;
                case VmProtocol.Go when held is not null:
                    held.Resume();
                    held = null;
                    break;
                default:
                    throw new HullException(ErrorKind.InvalidArgument, $"'{line}' is nothing a machine can do now.");
            }

            return VmProtocol.Done;
        }
        catch (HullException error)
        {
            return error.Message;
        }
    }

    private VirtualMachine Running() => _machine.Current
        ?? throw new HullException(ErrorKind.Unavailable, "The machine is being reset; try again.");

    private static void Save(VirtualMachine machine, FileDescriptor client)
    {
        using FileDescriptor state = Receive(client);
        using FileDescriptor memory = Receive(client);
        using SafeFileHandle stateFile = new(state.Number, ownsHandle: false);
        using SafeFileHandle memoryFile = new(memory.Number, ownsHandle: false);
        machine.Save(stateFile, memoryFile);
    }

    private static FileDescriptor Receive(FileDescriptor client) => UnixSocket.ReceiveDescriptor(client)
        ?? throw new HullException(ErrorKind.InvalidArgument, "Saving needs two files.");
}
