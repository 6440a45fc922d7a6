using Hull;
using Hull.Machine.Host.Service;
using Hull.MachineProcess;
using Hull.MachineProcess.User;
using Hull.Runtime.MicroVm;

// hull-machine user: a machine of "hull vm"; its orders and files are descriptors (docs/machine/vm.md). hull-machine user-files: the
// process that serves the files that are shared with it.
// hull-machine container DIRECTORY: the process that is the machine of a container; hull-machine files DIRECTORY: the one that
// serves its files. Started in jails by the microVM runtime only, with everything as open descriptors; the directory is for
// whoever looks at the process. See docs/machine/jail.md.
const int Failed = 1;

try
{
    return args switch
    {
        [VmProtocol.MachineMode] => await UserMachine.RunAsync(),
        [VmProtocol.FilesMode] => ShareSet.ServeUser(),
        [MachineDescriptors.MachineMode, _] => await MachineServer.RunAsync(),
        [MachineDescriptors.FilesMode, _] => ShareSet.Serve(),
        _ => Failed,
    };
}
catch (HullException error)
{
    Console.Error.WriteLine(error.Message);
    return Failed;
}
catch (Exception error)
{
    Console.Error.WriteLine(LastResort.Describe(error));
    return LastResort.ExitCode;
}
