using Hull;
using Hull.MachineProcess;

// hull-machine DIRECTORY: the process that is one machine. Started by the microVM runtime only, with a listening socket
// as descriptor 3; what it is made of stands in the directory. See docs/machine/agent.md.
const int Failed = 1;

if (args.Length != 1)
{
    return Failed;
}

try
{
    return await MachineServer.RunAsync(args[0]);
}
catch (HullException error)
{
    Console.Error.WriteLine(error.Message);
    return Failed;
}
