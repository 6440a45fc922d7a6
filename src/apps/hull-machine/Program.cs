using Hull;
using Hull.MachineProcess;
using Hull.MachineProcess.User;

// hull-machine user: a machine of "hull vm start"; its orders and files are descriptors (docs/machine/vm.md).
// hull-machine DIRECTORY: the process that is one machine. Started by the microVM runtime only, with a listening socket
// as descriptor 3; what it is made of stands in the directory. See docs/machine/agent.md.
const int Failed = 1;
const string UserMode = "user";

if (args.Length != 1)
{
    return Failed;
}

try
{
    if (args[0] == UserMode)
    {
        return await UserMachine.RunAsync();
    }

    return await MachineServer.RunAsync(args[0]);
}
catch (HullException error)
{
    Console.Error.WriteLine(error.Message);
    return Failed;
}
