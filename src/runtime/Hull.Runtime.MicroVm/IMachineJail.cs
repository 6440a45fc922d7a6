namespace Hull.Runtime.MicroVm;

/// <summary>Starts the processes of a machine where they reach nothing but what they are handed; thread-safe.</summary>
public interface IMachineJail
{
    /// <summary>Starts the process that is the machine.</summary>
    /// <returns>Its number; it is a child of this process.</returns>
    /// <exception cref="HullException">It cannot be jailed, so it is not started.</exception>
    int StartMachine(MachineProcess process);

    /// <summary>Starts the process that serves the machine's files.</summary>
    /// <returns>Its number; it is a child of this process.</returns>
    /// <exception cref="HullException">It cannot be jailed, so it is not started.</exception>
    int StartFileServer(MachineProcess process);

    /// <summary>Ends what runs of a machine's processes and removes what was made for them.</summary>
    /// <param name="directory">As in <see cref="MachineProcess.Directory"/>.</param>
    void Remove(string directory);
}
