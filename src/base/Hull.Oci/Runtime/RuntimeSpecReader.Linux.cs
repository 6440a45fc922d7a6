using System.Text.Json;

namespace Hull.Oci.Runtime;

/// <content>What is special to Linux.</content>
public static partial class RuntimeSpecReader
{
    private static LinuxSpec ReadLinuxSpec(ref Utf8JsonReader json)
    {
        LinuxSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "uidMappings"u8))
            {
                result.UidMappings = List(ref json, ReadIdMappingSpec);
            }
            else if (Take(ref json, "gidMappings"u8))
            {
                result.GidMappings = List(ref json, ReadIdMappingSpec);
            }
            else if (Take(ref json, "sysctl"u8))
            {
                result.Sysctl = TextMap(ref json);
            }
            else if (Take(ref json, "resources"u8))
            {
                result.Resources = IsNull(ref json) ? null : ReadLinuxResources(ref json);
            }
            else if (Take(ref json, "cgroupsPath"u8))
            {
                result.CgroupsPath = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "namespaces"u8))
            {
                result.Namespaces = List(ref json, ReadNamespaceSpec);
            }
            else if (Take(ref json, "devices"u8))
            {
                result.Devices = List(ref json, ReadDeviceSpec);
            }
            else if (Take(ref json, "netDevices"u8))
            {
                result.NetDevices = Map(ref json, ReadNetDeviceSpec);
            }
            else if (Take(ref json, "seccomp"u8))
            {
                result.Seccomp = IsNull(ref json) ? null : ReadSeccompSpec(ref json);
            }
            else if (Take(ref json, "rootfsPropagation"u8))
            {
                result.RootfsPropagation = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "maskedPaths"u8))
            {
                result.MaskedPaths = TextList(ref json);
            }
            else if (Take(ref json, "readonlyPaths"u8))
            {
                result.ReadonlyPaths = TextList(ref json);
            }
            else if (Take(ref json, "mountLabel"u8))
            {
                result.MountLabel = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "intelRdt"u8))
            {
                result.IntelRdt = IsNull(ref json) ? null : ReadIntelRdtSpec(ref json);
            }
            else if (Take(ref json, "personality"u8))
            {
                result.Personality = IsNull(ref json) ? null : ReadPersonalitySpec(ref json);
            }
            else if (Take(ref json, "timeOffsets"u8))
            {
                result.TimeOffsets = Map(ref json, ReadTimeOffsetSpec);
            }
            else if (Take(ref json, "memoryPolicy"u8))
            {
                result.MemoryPolicy = IsNull(ref json) ? null : ReadMemoryPolicySpec(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static NamespaceSpec ReadNamespaceSpec(ref Utf8JsonReader json)
    {
        NamespaceSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "type"u8))
            {
                result.Type = Text(ref json);
            }
            else if (Take(ref json, "path"u8))
            {
                result.Path = IsNull(ref json) ? null : Text(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static DeviceSpec ReadDeviceSpec(ref Utf8JsonReader json)
    {
        DeviceSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "type"u8))
            {
                result.Type = Text(ref json);
            }
            else if (Take(ref json, "path"u8))
            {
                result.Path = Text(ref json);
            }
            else if (Take(ref json, "major"u8))
            {
                result.Major = Int64(ref json);
            }
            else if (Take(ref json, "minor"u8))
            {
                result.Minor = Int64(ref json);
            }
            else if (Take(ref json, "fileMode"u8))
            {
                result.FileMode = IsNull(ref json) ? null : UInt32(ref json);
            }
            else if (Take(ref json, "uid"u8))
            {
                result.Uid = IsNull(ref json) ? null : UInt32(ref json);
            }
            else if (Take(ref json, "gid"u8))
            {
                result.Gid = IsNull(ref json) ? null : UInt32(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static NetDeviceSpec ReadNetDeviceSpec(ref Utf8JsonReader json)
    {
        NetDeviceSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "name"u8))
            {
                result.Name = IsNull(ref json) ? null : Text(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static SeccompSpec ReadSeccompSpec(ref Utf8JsonReader json)
    {
        SeccompSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "defaultAction"u8))
            {
                result.DefaultAction = Text(ref json);
            }
            else if (Take(ref json, "defaultErrnoRet"u8))
            {
                result.DefaultErrnoRet = IsNull(ref json) ? null : UInt32(ref json);
            }
            else if (Take(ref json, "architectures"u8))
            {
                result.Architectures = TextList(ref json);
            }
            else if (Take(ref json, "flags"u8))
            {
                result.Flags = TextList(ref json);
            }
            else if (Take(ref json, "listenerPath"u8))
            {
                result.ListenerPath = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "listenerMetadata"u8))
            {
                result.ListenerMetadata = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "syscalls"u8))
            {
                result.Syscalls = List(ref json, ReadSyscallRuleSpec);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static SyscallRuleSpec ReadSyscallRuleSpec(ref Utf8JsonReader json)
    {
        SyscallRuleSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "names"u8))
            {
                result.Names = TextList(ref json);
            }
            else if (Take(ref json, "action"u8))
            {
                result.Action = Text(ref json);
            }
            else if (Take(ref json, "errnoRet"u8))
            {
                result.ErrnoRet = IsNull(ref json) ? null : UInt32(ref json);
            }
            else if (Take(ref json, "args"u8))
            {
                result.Args = List(ref json, ReadSyscallArgumentSpec);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static SyscallArgumentSpec ReadSyscallArgumentSpec(ref Utf8JsonReader json)
    {
        SyscallArgumentSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "index"u8))
            {
                result.Index = UInt32(ref json);
            }
            else if (Take(ref json, "value"u8))
            {
                result.Value = UInt64(ref json);
            }
            else if (Take(ref json, "valueTwo"u8))
            {
                result.ValueTwo = UInt64(ref json);
            }
            else if (Take(ref json, "op"u8))
            {
                result.Op = Text(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static IntelRdtSpec ReadIntelRdtSpec(ref Utf8JsonReader json)
    {
        IntelRdtSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "closID"u8))
            {
                result.ClosID = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "l3CacheSchema"u8))
            {
                result.L3CacheSchema = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "memBwSchema"u8))
            {
                result.MemBwSchema = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "schemata"u8))
            {
                result.Schemata = TextList(ref json);
            }
            else if (Take(ref json, "enableMonitoring"u8))
            {
                result.EnableMonitoring = Flag(ref json);
            }
            else if (Take(ref json, "enableCMT"u8))
            {
                result.EnableCMT = Flag(ref json);
            }
            else if (Take(ref json, "enableMBM"u8))
            {
                result.EnableMBM = Flag(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static PersonalitySpec ReadPersonalitySpec(ref Utf8JsonReader json)
    {
        PersonalitySpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "domain"u8))
            {
                result.Domain = Text(ref json);
            }
            else if (Take(ref json, "flags"u8))
            {
                result.Flags = TextList(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static TimeOffsetSpec ReadTimeOffsetSpec(ref Utf8JsonReader json)
    {
        TimeOffsetSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "secs"u8))
            {
                result.Secs = Int64(ref json);
            }
            else if (Take(ref json, "nanosecs"u8))
            {
                result.Nanosecs = UInt32(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static MemoryPolicySpec ReadMemoryPolicySpec(ref Utf8JsonReader json)
    {
        MemoryPolicySpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "mode"u8))
            {
                result.Mode = Text(ref json);
            }
            else if (Take(ref json, "nodes"u8))
            {
                result.Nodes = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "flags"u8))
            {
                result.Flags = TextList(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }
}
