namespace Hull.Runtime.Container.Spawn;

/// <summary>The kernel's constants that plans use, with the kernel's values.</summary>
/// <remarks>Source: linux/sched.h, linux/mount.h, linux/openat2.h, linux/prctl.h, linux/fcntl.h, linux/magic.h.</remarks>
internal static class Kernel
{
    internal const ulong CloneNewTime = 0x80;
    internal const ulong CloneNewNs = 0x20000;
    internal const ulong CloneNewCgroup = 0x2000000;
    internal const ulong CloneNewUts = 0x4000000;
    internal const ulong CloneNewIpc = 0x8000000;
    internal const ulong CloneNewUser = 0x10000000;
    internal const ulong CloneNewPid = 0x20000000;
    internal const ulong CloneNewNet = 0x40000000;
    internal const ulong CloneParent = 0x8000;

    internal const int AtFdCwd = -100;
    internal const int AtEffectiveAccess = 0x200;
    internal const int AtEmptyPath = 0x1000;
    internal const int AtRecursive = 0x8000;
    internal const int AtSymlinkNoFollow = 0x100;

    internal const int OReadOnly = 0;
    internal const int OWriteOnly = 1;
    internal const int OReadWrite = 2;
    internal const int ONoCtty = 0x100;
    internal const int ODirectory = 0x10000;
    internal const int ONoFollow = 0x20000;
    internal const int OCloseOnExec = 0x80000;
    internal const int OPath = 0x200000;

    internal const int ResolveNoMagicLinks = 2;
    internal const int ResolveNoSymlinks = 4;
    internal const int ResolveBeneath = 8;
    internal const int ResolveInRoot = 0x10;

    internal const uint AttrReadOnly = 1;
    internal const uint AttrNoSuid = 2;
    internal const uint AttrNoDev = 4;
    internal const uint AttrNoExec = 8;
    internal const uint AttrAtimeMask = 0x70;
    internal const uint AttrNoAtime = 0x10;
    internal const uint AttrStrictAtime = 0x20;
    internal const uint AttrNoDirAtime = 0x80;
    internal const uint AttrIdMap = 0x100000;
    internal const uint AttrNoSymFollow = 0x200000;

    internal const int OpenTreeClone = 1;
    internal const int OpenTreeCloseOnExec = 0x80000;
    internal const int MoveFromEmptyPath = 4;
    internal const int MoveToFollows = 0x10;
    internal const int MoveToEmptyPath = 0x40;
    internal const int FsConfigSetFlag = 0;
    internal const int FsConfigSetString = 1;
    internal const int FsConfigCreate = 6;

    internal const uint MsMove = 0x2000;
    internal const uint MsRecursive = 0x4000;
    internal const uint MsUnbindable = 0x20000;
    internal const uint MsPrivate = 0x40000;
    internal const uint MsSlave = 0x80000;
    internal const uint MsShared = 0x100000;
    internal const int UmountDetach = 2;

    internal const int PrSetParentDeathSignal = 1;
    internal const int PrSetDumpable = 4;
    internal const int PrSetKeepCapabilities = 8;
    internal const int PrSetName = 15;
    internal const int PrDropBounding = 24;
    internal const int PrSetNoNewPrivileges = 38;
    internal const uint SeccompNewListener = 8;
    internal const int PrAmbient = 47;
    internal const int PrAmbientRaise = 2;
    internal const int PrAmbientClear = 4;

    internal const int SigKill = 9;
    internal const int SigPipe = 13;
    internal const int CloseRangeCloseOnExec = 4;
    internal const int FSetFd = 2;
    internal const int FDuplicateCloseOnExec = 1030;

    internal const uint ModeCharacter = 0x2000;
    internal const uint ModeDirectory = 0x4000;
    internal const uint ModeBlock = 0x6000;
    internal const uint ModeRegular = 0x8000;
    internal const uint ModeFifo = 0x1000;
    internal const uint ModeTypeMask = 0xf000;

    internal const ulong ProcMagic = 0x9fa0;
    internal const ulong NullDevice = 0x103;
}
