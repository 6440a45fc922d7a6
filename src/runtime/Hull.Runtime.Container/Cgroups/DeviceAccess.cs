namespace Hull.Runtime.Container.Cgroups;

/// <summary>What may be done with a device node. The values are those of BPF_DEVCG_ACC_* in linux/bpf.h.</summary>
[Flags]
internal enum DeviceAccess
{
    None = 0,
    MakeNode = 1,
    Read = 2,
    Write = 4,
    All = MakeNode | Read | Write,
}
