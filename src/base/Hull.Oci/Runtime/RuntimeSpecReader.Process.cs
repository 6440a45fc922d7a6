using System.Text.Json;

namespace Hull.Oci.Runtime;

/// <content>The process and what it may do.</content>
public static partial class RuntimeSpecReader
{
    private static ProcessSpec ReadProcessSpec(ref Utf8JsonReader json)
    {
        ProcessSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "terminal"u8))
            {
                result.Terminal = Flag(ref json);
            }
            else if (Take(ref json, "consoleSize"u8))
            {
                result.ConsoleSize = IsNull(ref json) ? null : ReadBoxSpec(ref json);
            }
            else if (Take(ref json, "user"u8))
            {
                result.User = IsNull(ref json) ? null : ReadUserSpec(ref json);
            }
            else if (Take(ref json, "args"u8))
            {
                result.Args = TextList(ref json);
            }
            else if (Take(ref json, "commandLine"u8))
            {
                result.CommandLine = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "env"u8))
            {
                result.Env = TextList(ref json);
            }
            else if (Take(ref json, "cwd"u8))
            {
                result.Cwd = Text(ref json);
            }
            else if (Take(ref json, "capabilities"u8))
            {
                result.Capabilities = IsNull(ref json) ? null : ReadCapabilitiesSpec(ref json);
            }
            else if (Take(ref json, "rlimits"u8))
            {
                result.Rlimits = List(ref json, ReadRlimitSpec);
            }
            else if (Take(ref json, "noNewPrivileges"u8))
            {
                result.NoNewPrivileges = Flag(ref json);
            }
            else if (Take(ref json, "apparmorProfile"u8))
            {
                result.ApparmorProfile = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "oomScoreAdj"u8))
            {
                result.OomScoreAdj = IsNull(ref json) ? null : Int32(ref json);
            }
            else if (Take(ref json, "scheduler"u8))
            {
                result.Scheduler = IsNull(ref json) ? null : ReadSchedulerSpec(ref json);
            }
            else if (Take(ref json, "selinuxLabel"u8))
            {
                result.SelinuxLabel = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "ioPriority"u8))
            {
                result.IoPriority = IsNull(ref json) ? null : ReadIoPrioritySpec(ref json);
            }
            else if (Take(ref json, "execCPUAffinity"u8))
            {
                result.ExecCPUAffinity = IsNull(ref json) ? null : ReadCpuAffinitySpec(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static BoxSpec ReadBoxSpec(ref Utf8JsonReader json)
    {
        BoxSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "height"u8))
            {
                result.Height = UInt32(ref json);
            }
            else if (Take(ref json, "width"u8))
            {
                result.Width = UInt32(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static UserSpec ReadUserSpec(ref Utf8JsonReader json)
    {
        UserSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "uid"u8))
            {
                result.Uid = UInt32(ref json);
            }
            else if (Take(ref json, "gid"u8))
            {
                result.Gid = UInt32(ref json);
            }
            else if (Take(ref json, "umask"u8))
            {
                result.Umask = IsNull(ref json) ? null : UInt32(ref json);
            }
            else if (Take(ref json, "additionalGids"u8))
            {
                result.AdditionalGids = NumberList(ref json);
            }
            else if (Take(ref json, "username"u8))
            {
                result.Username = IsNull(ref json) ? null : Text(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static CapabilitiesSpec ReadCapabilitiesSpec(ref Utf8JsonReader json)
    {
        CapabilitiesSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "effective"u8))
            {
                result.Effective = TextList(ref json);
            }
            else if (Take(ref json, "bounding"u8))
            {
                result.Bounding = TextList(ref json);
            }
            else if (Take(ref json, "inheritable"u8))
            {
                result.Inheritable = TextList(ref json);
            }
            else if (Take(ref json, "permitted"u8))
            {
                result.Permitted = TextList(ref json);
            }
            else if (Take(ref json, "ambient"u8))
            {
                result.Ambient = TextList(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static RlimitSpec ReadRlimitSpec(ref Utf8JsonReader json)
    {
        RlimitSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "type"u8))
            {
                result.Type = Text(ref json);
            }
            else if (Take(ref json, "soft"u8))
            {
                result.Soft = UInt64(ref json);
            }
            else if (Take(ref json, "hard"u8))
            {
                result.Hard = UInt64(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static SchedulerSpec ReadSchedulerSpec(ref Utf8JsonReader json)
    {
        SchedulerSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "policy"u8))
            {
                result.Policy = Text(ref json);
            }
            else if (Take(ref json, "nice"u8))
            {
                result.Nice = Int32(ref json);
            }
            else if (Take(ref json, "priority"u8))
            {
                result.Priority = Int32(ref json);
            }
            else if (Take(ref json, "flags"u8))
            {
                result.Flags = TextList(ref json);
            }
            else if (Take(ref json, "runtime"u8))
            {
                result.Runtime = UInt64(ref json);
            }
            else if (Take(ref json, "deadline"u8))
            {
                result.Deadline = UInt64(ref json);
            }
            else if (Take(ref json, "period"u8))
            {
                result.Period = UInt64(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static IoPrioritySpec ReadIoPrioritySpec(ref Utf8JsonReader json)
    {
        IoPrioritySpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "class"u8))
            {
                result.Class = Text(ref json);
            }
            else if (Take(ref json, "priority"u8))
            {
                result.Priority = Int32(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static CpuAffinitySpec ReadCpuAffinitySpec(ref Utf8JsonReader json)
    {
        CpuAffinitySpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "initial"u8))
            {
                result.Initial = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "final"u8))
            {
                result.Final = IsNull(ref json) ? null : Text(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }
}
