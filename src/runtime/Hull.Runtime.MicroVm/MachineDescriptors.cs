namespace Hull.Runtime.MicroVm;

/// <summary>What the processes of a microVM find where: each gets everything as open descriptors. See docs/machine/jail.md.</summary>
public static class MachineDescriptors
{
    /// <summary>The first argument of the process that is the machine.</summary>
    public const string MachineMode = "container";

    /// <summary>The first argument of the process that serves its files.</summary>
    public const string FilesMode = "files";

    /// <summary>Where the machine's process finds the kernel's modules.</summary>
    public const string ModulesInside = "/modules";

    /// <summary>Both: the orders (<see cref="MachineProcessOrders"/>).</summary>
    public const int Orders = 3;

    /// <summary>Both: the connection between them, on which files are asked for.</summary>
    public const int Files = 4;

    /// <summary>The machine: the socket the agent's clients come to.</summary>
    public const int Listener = 5;

    /// <summary>The machine: what the guest prints.</summary>
    public const int Console = 6;

    /// <summary>The machine: the guest's kernel.</summary>
    public const int Kernel = 7;

    /// <summary>The machine: the guest's first program.</summary>
    public const int Agent = 8;

    /// <summary>The machine: /dev/kvm, when the orders say that it was handed over.</summary>
    public const int Kvm = 9;

    /// <summary>The machine: the two files of the disk that the container's root is on, the overlay first, when there is one.</summary>
    public static int FirstDiskFile(bool hasKvm) => hasKvm ? Kvm + 1 : Kvm;

    /// <summary>The file server: the container's root, when it is shared; the shares follow in the order of the orders.</summary>
    public const int FirstTree = 5;
}
