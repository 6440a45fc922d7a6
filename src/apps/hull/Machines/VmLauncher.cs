using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hull.Linux;
using Hull.Machine.Host.Disks;
using Hull.Machine.Host.Network;
using Hull.Machine.Host.Service;
using Hull.Runtime.Container;
using Hull.Runtime.Jail;
using Microsoft.Win32.SafeHandles;

namespace Hull.Cli.Machines;

/// <summary>Starts a machine's process with everything it needs as open descriptors.</summary>
internal sealed partial class VmLauncher : IDisposable
{
    private const string ProgramVariable = "HULL_MACHINE";
    private const int OwnerOnly = 0x180;

    // As for a container's machine (MachineJail): what the process needs beside the guest's memory, and devices beside processors.
    private const long MachineOverhead = 256L << 20;
    private const long MilliForDevices = 500;

    private readonly VmPlace _place;
    private readonly List<SafeFileHandle> _files = [];
    private readonly List<FileDescriptor> _opened = [];

    private VmLauncher(VmPlace place) => _place = place;

    private static string Program => Environment.GetEnvironmentVariable(ProgramVariable) is { Length: > 0 } given
        ? given
        : Path.Combine(AppContext.BaseDirectory, "hull-machine");

    /// <summary>Starts the machine and returns when its guest runs.</summary>
    /// <exception cref="HullException">It runs already, or cannot be started.</exception>
    internal static void Start(VmFolder folder)
    {
        using FileLock running = FileLock.TryExclusive(folder.LockFile)
            ?? throw new HullException(ErrorKind.FailedPrecondition, $"The machine '{folder.Name}' runs already.");
        string taken = folder.Resume + ".taken";
        bool resumes = Directory.Exists(folder.Resume);
        if (Directory.Exists(taken))
        {
            Directory.Delete(taken, recursive: true);
        }

        if (resumes)
        {
            // Taken before the guest runs: its disks change from then on, and a second start from it would destroy them.
            Directory.Move(folder.Resume, taken);
            DirectorySync.Flush(folder.Path);
        }

        try
        {
            using VmLauncher launcher = new(VmPlace.Of(folder));
            using VmProcesses processes = launcher.Launch(folder.Read(), running, resumes ? taken : null, null);
            launcher.AwaitGuest(processes.Machine);
        }
        catch
        {
            if (resumes)
            {
                Directory.Move(taken, folder.Resume);
            }

            throw;
        }

        if (resumes)
        {
            Directory.Delete(taken, recursive: true);
        }
    }

    /// <summary>Starts a machine whose console is a connection; it ends with it.</summary>
    /// <returns>Its processes, children of this one.</returns>
    /// <exception cref="HullException">It cannot be started.</exception>
    internal static VmProcesses Start(VmPlace place, VmConfiguration made, FileLock running, FileDescriptor console)
    {
        using VmLauncher launcher = new(place);
        return launcher.Launch(made, running, null, console);
    }

    public void Dispose()
    {
        _files.ForEach(file => file.Dispose());
        _opened.ForEach(tap => tap.Dispose());
    }

    private VmProcesses Launch(VmConfiguration made, FileLock running, string? snapshot, FileDescriptor? console)
    {
        VmOrders orders = OrdersOf(made, snapshot) with
        {
            Console = console is null ? -1 : Add(new SafeFileHandle(console.Number, ownsHandle: false)),
        };
        Directory.CreateDirectory(_place.State);
        _ = HostFile.TryRemoveFile(_place.Socket);
        _ = HostFile.TryRemoveFile(_place.Log);
        _ = HostFile.TryRemoveFile(_place.ResultFile);
        using SafeFileHandle orderFile = WriteOrders(orders, VmJson.Default.VmOrders);
        using SafeFileHandle result = File.OpenHandle(_place.ResultFile, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        using FileDescriptor listener = UnixSocket.Listen(_place.Socket, 16);
        using FileDescriptor nothing = HostFile.Open("/dev/null", HostFile.ReadWrite);
        using FileDescriptor log = HostFile.Open(_place.Log, HostFile.WriteOnly | HostFile.Create | HostFile.Append, OwnerOnly);
        string cgroup = CgroupPath();
        ContainerTask? files = _farFiles is null ? null : StartFileServer(made, cgroup + "-files", nothing, log);
        List<FileDescriptor> descriptors = [nothing, log, log, Borrow(orderFile), listener, running.Descriptor, Borrow(result)];
        descriptors.AddRange(_files.Select(Borrow));
        using JailUser? user = TakeUser();
        ContainerTask machine = StartJailed(new JailPlan
        {
            Name = "machine",
            State = _place.State,
            Program = Program,
            Arguments = [VmProtocol.MachineMode],
            User = user,
            Descriptors = descriptors,
            Calls = JailCalls.Filter(),
            CgroupPath = cgroup,
            MemoryBytes = made.MemoryBytes + MachineOverhead,
            MilliProcessors = (made.Topology[0] * made.Topology[1] * made.Topology[2] * 1000L) + MilliForDevices,
        });
        return new VmProcesses(machine, files);
    }

    // The process answers when its guest runs, and closes the connection by ending when it never will.
    private void AwaitGuest(ContainerTask process)
    {
        try
        {
            using FileDescriptor socket = UnixSocket.Connect(_place.Socket);
            VmProtocol.WriteLine(socket, VmProtocol.Status);
            if (VmProtocol.ReadLine(socket) == VmProtocol.Done)
            {
                return;
            }
        }
        catch (LinuxException)
        {
            // It ended: its result says why.
        }

        _ = process.PidFd is null || KernelProcess.WaitReadable(process.PidFd, -1);
        _ = KernelProcess.Reap(process.ProcessId, wait: false, out _);
        string message = _place.LastResult()?.Message ?? _place.WhyDead();
        throw new HullException(ErrorKind.FailedPrecondition, message);
    }

    private VmOrders OrdersOf(VmConfiguration made, string? snapshot) => new()
    {
        Board = made.Board,
        MemoryBytes = made.MemoryBytes,
        Topology = made.Topology,
        Processor = made.Processor,
        Portable = made.Portable,
        Kvm = OpenKvm(made.Processor, made.Portable),
        Jailed = true,
        CommandLine = made.CommandLine,
        KeepPacked = made.KeepPacked,
        Kernel = Add(OpenRead(made.Kernel, "kernel")),
        Initramfs = made.Initramfs is null ? -1 : Add(OpenRead(made.Initramfs, "first file system")),
        Disks = [.. made.Disks.Select(AddDisk)],
        Networks = [.. made.Networks.Select(AddCard)],
        Files = made.Shares.Count == 0 ? -1 : ConnectFiles(),
        State = snapshot is null ? -1 : Add(OpenRead(Path.Combine(snapshot, VmSnapshot.StateFile), "snapshot")),
        Memory = snapshot is null ? -1 : Add(OpenRead(Path.Combine(snapshot, VmSnapshot.MemoryFile), "snapshot")),
    };

    private static ContainerTask StartJailed(JailPlan plan)
    {
        try
        {
            return ProgramJail.Start(plan);
        }
        catch (HullException why)
        {
            throw new NoJailException(why);
        }
    }

    // Who is not root has no user but himself to give.
    private JailUser? TakeUser() => KernelProcess.EffectiveUserId == 0 ? JailUser.Take(_place.Users) : null;

    // Machines of two roots may have one name.
    private string CgroupPath() => $"/hull/vm-{_place.Name}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";

    private int OpenKvm(string processor, bool portable)
    {
        // A portable machine on the interpreter asks KVM what it has.
        if (processor == "interpreter" && !portable)
        {
            return -1;
        }

        try
        {
            FileDescriptor device = KvmSystem.OpenDevice();
            _opened.Add(device);
            return Add(new SafeFileHandle(device.Number, ownsHandle: false));
        }
        catch (HullException) when (processor != "kvm")
        {
            // The interpreter runs everywhere.
            return -1;
        }
    }

    private DiskOrder AddDisk(string text)
    {
        using var chain = DiskChain.Open(DiskOptions.Parse(text));
        List<LayerOrder> layers = [];
        foreach (DiskLayer layer in chain.Release())
        {
            layers.Add(new LayerOrder(layer.Name, layer.Format, Add(layer.File)));
        }

        return new DiskOrder(chain.IsReadOnly, layers);
    }

    private NetworkOrder AddCard(string text)
    {
        var card = CardOptions.Parse(text);
        FileDescriptor tap = Tap.Open(card.Tap);
        _opened.Add(tap);
        return new NetworkOrder(Add(new SafeFileHandle(tap.Number, ownsHandle: false)), card.Address, card.BytesPerSecond);
    }

    private int Add(SafeFileHandle file)
    {
        _files.Add(file);
        return VmProtocol.FirstFileNumber + _files.Count - 1;
    }

    private static SafeFileHandle WriteOrders<T>(T orders, JsonTypeInfo<T> type)
    {
        string path = Path.GetTempFileName();
        SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        File.Delete(path);
        RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(orders, type), 0);
        return file;
    }

    internal static SafeFileHandle OpenRead(string path, string what)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            bool isMissing = error is FileNotFoundException or DirectoryNotFoundException;
            throw new HullException(
                isMissing ? ErrorKind.NotFound : ErrorKind.PermissionDenied, $"The {what} '{path}' cannot be read.", error);
        }
    }

    private static FileDescriptor Borrow(SafeFileHandle file) => FileDescriptor.Borrow((int)file.DangerousGetHandle());
}
