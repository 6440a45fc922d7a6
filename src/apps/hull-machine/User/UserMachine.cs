using System.Text.Json;
using Hull.Cpu.Choice;
using Hull.Linux;
using Hull.Machine;
using Hull.Machine.Board;
using Hull.Machine.Boot;
using Hull.Machine.Devices.Power;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host;
using Hull.Machine.Host.Service;
using Hull.Machine.Host.Sharing;
using Hull.Machine.Snapshots;
using Microsoft.Win32.SafeHandles;

namespace Hull.MachineProcess.User;

/// <summary>A machine with a kernel and disks of the user's: boots it, boots it again when it resets, and listens to its owner.</summary>
internal sealed class UserMachine : IDisposable
{
    private readonly Lock _gate = new();
    private readonly VmOrders _orders;
    private readonly ConsoleHub _console = new();
    private readonly DiskStores _disks;
    private readonly CancellationTokenSource _killed = new();
    private readonly SerialStream? _stream;
    private readonly RemoteFileServer? _files;
    private VirtualMachine? _machine;
    private bool _lostFiles;
    private int _kvm;
    private CpuidSource? _other;

    private UserMachine(VmOrders orders)
    {
        _orders = orders;
        _kvm = orders.Kvm;
        _stream = orders.Console < 0 ? null : new SerialStream(FileDescriptor.Borrow(orders.Console), Kill);
        _disks = new DiskStores(orders.Disks);
        _files = orders.Files < 0 ? null : new RemoteFileServer(FileDescriptor.Borrow(orders.Files), LoseFiles);
    }

    /// <summary>The serial console.</summary>
    internal ConsoleHub Console => _console;

    /// <summary>The machine of now; null between two boots.</summary>
    internal VirtualMachine? Current
    {
        get
        {
            lock (_gate)
            {
                return _machine;
            }
        }
    }

    /// <summary>Takes its orders from the descriptors it was given, and runs until the machine is off.</summary>
    /// <returns>0 when the guest switched it off.</returns>
    internal static async Task<int> RunAsync()
    {
        SafeFileHandle result = new(VmProtocol.ResultNumber, ownsHandle: true);
        try
        {
            VmOrders orders = JsonSerializer.Deserialize(ReadAll(VmProtocol.OrdersNumber), VmJson.Default.VmOrders)
                ?? throw new HullException(ErrorKind.DataLoss, "The machine's orders are empty.");
            if (orders.Jailed)
            {
                Jail.Check();
            }

            using UserMachine machine = new(orders);
            using ControlServer control = new(machine, FileDescriptor.Borrow(VmProtocol.ListenerNumber));
            string ended = await machine.RunToEndAsync(control);
            Leave(result, new VmResult(ended, null, TimeProvider.System.GetUtcNow()));
            return ended == "poweroff" ? 0 : 1;
        }
        catch (HullException error)
        {
            Leave(result, new VmResult("failed", error.Message, TimeProvider.System.GetUtcNow()));
            return 1;
        }
    }

    /// <summary>Ends the machine, whatever the guest does.</summary>
    internal void Kill() => _killed.Cancel();

    /// <summary>Makes everything the guest wrote durable.</summary>
    internal void FlushDisks() => _disks.Flush();

    public void Dispose()
    {
        _disks.Dispose();
        _killed.Dispose();
    }

    private async Task<string> RunToEndAsync(ControlServer control)
    {
        for (bool isFirst = true; ; isFirst = false)
        {
            PowerEvent ended = await RunOnceAsync(isFirst ? control : null);
            if (ended != PowerEvent.Reset || _stream is not null || _killed.IsCancellationRequested)
            {
                _console.Close();
                return _lostFiles ? throw new HullException(ErrorKind.Internal, "The process that serves the machine's files has ended.") : ended switch
                {
                    PowerEvent.PowerOff => "poweroff",
                    PowerEvent.Reset when !_killed.IsCancellationRequested => "reset",
                    PowerEvent.Crash => "crash",
                    _ => "stopped",
                };
            }
        }
    }

    private async Task<PowerEvent> RunOnceAsync(ControlServer? control)
    {
        using HostClock clock = new(TimeProvider.System);
        using NetworkSet networks = new(_orders.Networks, clock);
        using var processors = ProcessorChoice.Make(_orders.Processor, _kvm);
        _other ??= _orders.Portable ? processors.Other : null;
        CloseUnused(processors);
        MachineSpec spec = new()
        {
            Board = BoardModel.Parse(_orders.Board),
            Memory = new ByteSize(_orders.MemoryBytes),
            Topology = new CpuTopology(_orders.Topology[0], _orders.Topology[1], _orders.Topology[2]),
            Nodes = _orders.Topology[3],
            SerialOutput = _stream is null ? _console : _stream,
            AlsoOn = _other,
            Devices =
            [
                new EntropyDevice(new HostEntropy()), new BalloonDevice(), .. _disks.MakeDevices(), .. networks.Devices, .. FileSystems(),
            ],
        };
        using VirtualMachine machine = new(spec, clock, processors.Factory);
        if (control is not null && _orders.State >= 0)
        {
            using SafeFileHandle state = new(_orders.State, ownsHandle: true);
            using SafeFileHandle memory = new(_orders.Memory, ownsHandle: true);
            machine.Restore(SavedMachine.Read(state), memory);
        }
        else
        {
            machine.Load(ReadBoot());
        }

        networks.Start();
        if (_stream is null)
        {
            _console.Attach(machine.Serial);
        }
        else
        {
            _stream.Attach(machine.Serial);
        }

        Set(machine);
        try
        {
            // From here on it is a machine that runs: before, its starter hears why it is none.
            control?.Start();
            return await machine.RunAsync(_killed.Token);
        }
        finally
        {
            Set(null);
        }
    }

    private IEnumerable<IVirtioDevice> FileSystems() => _files is null ? [] : [new FileSystemDevice(ShareOptions.Tag, _files)];

    // Its guest waits for an answer that never comes.
    private void LoseFiles()
    {
        _lostFiles = true;
        Kill();
    }

    // KVM is much of the kernel: who does not need it has no way to it.
    private void CloseUnused(ProcessorChoice processors)
    {
        if (processors.IsSoftware && _kvm >= 0)
        {
            FileDescriptor.Own(_kvm, "open").Dispose();
            _kvm = -1;
        }
    }

    private void Set(VirtualMachine? machine)
    {
        lock (_gate)
        {
            _machine = machine;
        }
    }

    private BootRequest ReadBoot() => new()
    {
        Kernel = ReadAll(_orders.Kernel),
        KeepPacked = _orders.KeepPacked,
        Initramfs = _orders.Initramfs < 0 ? default : ReadAll(_orders.Initramfs),
        CommandLine = _orders.CommandLine,
    };

    private static byte[] ReadAll(int number)
    {
        using SafeFileHandle file = new(number, ownsHandle: false);
        byte[] bytes = new byte[RandomAccess.GetLength(file)];
        int done = 0;
        for (int read = 1; done < bytes.Length && read > 0; done += read)
        {
            read = RandomAccess.Read(file, bytes.AsSpan(done), done);
        }

        return bytes.AsSpan(0, done).ToArray();
    }

    private static void Leave(SafeFileHandle file, VmResult result)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(result, VmJson.Default.VmResult);
        RandomAccess.SetLength(file, 0);
        RandomAccess.Write(file, bytes, 0);
        file.Dispose();
    }
}
