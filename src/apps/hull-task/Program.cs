using Hull;
using Hull.Linux;
using Hull.Runtime;
using Hull.Runtime.Container;
using Hull.Runtime.Jail;
using Hull.Runtime.MicroVm;
using Hull.Supervision;

// hull-task DIRECTORY: the supervisor of one container. Started by hull only, with the starter's connection as
// descriptor 3 and the container's lock as descriptor 4; see docs/engine.md.
const int StarterNumber = 3;
const int LockNumber = 4;
const int Failed = 125;

if (args.Length != 1)
{
    return Failed;
}

FileDescriptor? starter = null;
try
{
    // Where the user stood is the user's: a supervisor that stayed there would keep that disk busy.
    Environment.CurrentDirectory = "/";
    starter = TakeOver(StarterNumber);
    TaskOrders orders = TaskFiles.ReadOrders(args[0]);
    FileDescriptor guard = TakeOver(LockNumber);
    IRuntime runtime = orders.Machine is { } machine
        ? new MicroVmRuntime(machine.StateDirectory, new MachineJail(MachineJail.UsersBeside(machine.StateDirectory)))
        : new ContainerRuntime(orders.RuntimeRoot);
    using Supervisor supervisor = new(runtime, args[0], orders, starter, TimeProvider.System);

    // From here on the record names this process: the lock has done its work.
    guard.Dispose();
    return supervisor.Run();
}
catch (HullException error)
{
    Tell(error);
    return Failed;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    Tell(new HullException(ErrorKind.Internal, $"The supervisor cannot work: {error.Message}", error));
    return Failed;
}
catch (Exception error)
{
    Tell(new HullException(ErrorKind.Internal, LastResort.Describe(error), error));
    return Failed;
}

// A supervisor that began to serve has told its clients itself, and closed them.
void Tell(HullException error)
{
    if (starter is { IsClosed: false })
    {
        byte[] text = Frame.Failure(error.Kind, Failed, error.Message);
        byte[] header = new byte[Frame.HeaderBytes];
        Frame.WriteHeader(header, FrameKind.Failed, text.Length);
        _ = DescriptorIo.WriteAll(starter, [.. header, .. text]);
    }
}

// A descriptor that was handed over is open for every program started from here; its copy is not.
static FileDescriptor TakeOver(int number)
{
    using var inherited = FileDescriptor.Own(number, "fcntl");
    return DescriptorIo.Duplicate(inherited);
}
