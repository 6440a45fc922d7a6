namespace Hull.Runtime.Container.Spawn;

/// <summary>What a mount's option list says, taken apart.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md "Linux mount options"; mount_setattr(2).</remarks>
public sealed record MountOptions
{
    // How a list asks for access times is mount(2)'s: a set of flags to which words add and from which words take.
    private const uint RelativeTimes = 1;
    private uint _times;
    private uint _set;

    /// <summary>MOUNT_ATTR_* bits to set on the mount itself.</summary>
    public uint Set => _set | TimesOf(_times);

    /// <summary>MOUNT_ATTR_* bits to clear on the mount itself; those of access times only if <see cref="SetsTimes"/>.</summary>
    public uint Clear { get; private set; }

    /// <summary>Whether a kind of access times is asked for. A word that only takes one away changes nothing.</summary>
    public bool SetsTimes => _times != 0;

    /// <summary>Whether any word is about the mount's own attributes, even one that changes nothing.</summary>
    public bool HasAttributes { get; private set; }

    /// <summary>MOUNT_ATTR_* bits to set on the mount and all below.</summary>
    public uint RecursiveSet { get; private set; }

    /// <summary>MOUNT_ATTR_* bits to clear on the mount and all below.</summary>
    public uint RecursiveClear { get; private set; }

    /// <summary>MS_* propagation to set; 0 for none.</summary>
    public uint Propagation { get; private set; }

    /// <summary>Whether the propagation is for all mounts below too.</summary>
    public bool PropagationIsRecursive { get; private set; }

    /// <summary>Whether it is a bind mount.</summary>
    public bool IsBind { get; private set; }

    /// <summary>Whether a bind mount takes the mounts below its source along.</summary>
    public bool IsRecursiveBind { get; private set; }

    /// <summary>Whether the new tmpfs begins with a copy of what lies at its place.</summary>
    public bool CopiesUp { get; private set; }

    /// <summary>Whether the mount's ids are mapped; null when the options do not say.</summary>
    public bool IsIdMapped { get; private set; }

    /// <summary>Whether the mounts below are id-mapped too.</summary>
    public bool IsIdMapRecursive { get; private set; }

    /// <summary>Options of the file system: <c>size=64k</c> or a bare flag.</summary>
    public List<string> Data { get; } = [];

    /// <summary>Reads the options of one mount; unknown ones are the file system's.</summary>
    public static MountOptions Parse(string? type, IReadOnlyList<string>? options)
    {
        MountOptions result = new() { IsBind = type is "bind" };
        for (int i = 0; i < (options?.Count ?? 0); i++)
        {
            result.Take(options![i]);
        }

        return result;
    }

    private void Take(string option)
    {
        if (TryTakeAttribute(option) || TryTakePropagation(option))
        {
            return;
        }

        if (option.Length > 1 && option[0] == 'r' && TryAttribute(option.AsSpan(1), out uint set, out uint clear))
        {
            RecursiveSet = (RecursiveSet & ~clear) | set;
            RecursiveClear |= clear;
            return;
        }

        switch (option)
        {
            case "bind":
                IsBind = true;
                break;
            case "rbind":
                IsBind = true;
                IsRecursiveBind = true;
                break;
            case "tmpcopyup":
                CopiesUp = true;
                break;
            case "idmap":
                IsIdMapped = true;
                break;
            case "ridmap":
                IsIdMapped = true;
                IsIdMapRecursive = true;
                break;
            case "defaults" or "" or "nofail" or "async" or "nolazytime" or "loud" or "silent" or "nomand" or "noiversion" or "user" or "nouser":
                break;
            default:
                Data.Add(option);
                break;
        }
    }

    /// <summary>Whether a word is one of mount(8)'s for a file system as a whole, which a bind mount of it shares with all its other mounts.</summary>
    public static bool IsAboutAllMounts(string option) =>
        option is "sync" or "dirsync" or "lazytime" or "mand" or "iversion" or "remount" || option.StartsWith("x-", StringComparison.Ordinal);

    private bool TryTakeAttribute(string option)
    {
        if (TryTakeTimes(option))
        {
            return HasAttributes = true;
        }

        // "ro" must not be read as recursive "o", and "rw" not as recursive "w": the plain table comes first.
        if (!TryAttribute(option, out uint set, out uint clear))
        {
            return false;
        }

        _set = (_set & ~clear) | set;
        Clear = (Clear & ~set) | clear;
        return HasAttributes = true;
    }

    private bool TryTakeTimes(string option)
    {
        (uint add, uint take) = option switch
        {
            "noatime" => (Kernel.AttrNoAtime, 0u),
            "atime" => (0u, Kernel.AttrNoAtime),
            "strictatime" => (Kernel.AttrStrictAtime, 0u),
            "nostrictatime" => (0u, Kernel.AttrStrictAtime),
            "relatime" => (RelativeTimes, 0u),
            "norelatime" => (0u, RelativeTimes),
            "nodiratime" => (Kernel.AttrNoDirAtime, 0u),
            "diratime" => (0u, Kernel.AttrNoDirAtime),
            _ => (0u, 0u),
        };
        _times = (_times & ~take) | add;
        return (add | take) != 0;
    }

    // The kernel's own order (path_mount): strict wins over none, none over relative, which is what is left.
    private static uint TimesOf(uint times)
    {
        uint kind = (times & Kernel.AttrStrictAtime) != 0 ? Kernel.AttrStrictAtime : times & Kernel.AttrNoAtime;
        return kind | (times & Kernel.AttrNoDirAtime);
    }

    private bool TryTakePropagation(string option)
    {
        uint propagation = PropagationOf(option, out bool recursive);
        if (propagation != 0)
        {
            Propagation = propagation;
            PropagationIsRecursive = recursive;
        }

        return propagation != 0;
    }

    /// <summary>The MS_* flag of a propagation's name; 0 when it is none.</summary>
    public static uint PropagationOf(string? name, out bool recursive)
    {
        recursive = name is "rprivate" or "rshared" or "rslave" or "runbindable";
        return name switch
        {
            "private" or "rprivate" => Kernel.MsPrivate,
            "shared" or "rshared" => Kernel.MsShared,
            "slave" or "rslave" => Kernel.MsSlave,
            "unbindable" or "runbindable" => Kernel.MsUnbindable,
            _ => 0,
        };
    }

    private static bool TryAttribute(ReadOnlySpan<char> option, out uint set, out uint clear)
    {
        (set, clear) = option switch
        {
            "ro" => (Kernel.AttrReadOnly, 0u),
            "rw" => (0u, Kernel.AttrReadOnly),
            "nosuid" => (Kernel.AttrNoSuid, 0u),
            "suid" => (0u, Kernel.AttrNoSuid),
            "nodev" => (Kernel.AttrNoDev, 0u),
            "dev" => (0u, Kernel.AttrNoDev),
            "noexec" => (Kernel.AttrNoExec, 0u),
            "exec" => (0u, Kernel.AttrNoExec),
            "noatime" => (Kernel.AttrNoAtime, Kernel.AttrAtimeMask),
            "strictatime" => (Kernel.AttrStrictAtime, Kernel.AttrAtimeMask),
            "atime" or "relatime" or "norelatime" or "nostrictatime" => (0u, Kernel.AttrAtimeMask),
            "nodiratime" => (Kernel.AttrNoDirAtime, 0u),
            "diratime" => (0u, Kernel.AttrNoDirAtime),
            "nosymfollow" => (Kernel.AttrNoSymFollow, 0u),
            "symfollow" => (0u, Kernel.AttrNoSymFollow),
            _ => (0u, 0u),
        };
        return (set | clear) != 0;
    }
}
