using System.Text.Json;

namespace Hull.Oci.Runtime;

/// <content>Limits.</content>
public static partial class RuntimeSpecReader
{
    private static LinuxResources ReadLinuxResources(ref Utf8JsonReader json)
    {
        LinuxResources result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "devices"u8))
            {
                result.Devices = List(ref json, ReadDeviceRuleSpec);
            }
            else if (Take(ref json, "memory"u8))
            {
                result.Memory = IsNull(ref json) ? null : ReadMemorySpec(ref json);
            }
            else if (Take(ref json, "cpu"u8))
            {
                result.Cpu = IsNull(ref json) ? null : ReadCpuSpec(ref json);
            }
            else if (Take(ref json, "pids"u8))
            {
                result.Pids = IsNull(ref json) ? null : ReadPidsSpec(ref json);
            }
            else if (Take(ref json, "blockIO"u8))
            {
                result.BlockIO = IsNull(ref json) ? null : ReadBlockIoSpec(ref json);
            }
            else if (Take(ref json, "hugepageLimits"u8))
            {
                result.HugepageLimits = List(ref json, ReadHugepageLimitSpec);
            }
            else if (Take(ref json, "network"u8))
            {
                result.Network = IsNull(ref json) ? null : ReadNetworkSpec(ref json);
            }
            else if (Take(ref json, "rdma"u8))
            {
                result.Rdma = Map(ref json, ReadRdmaSpec);
            }
            else if (Take(ref json, "unified"u8))
            {
                result.Unified = TextMap(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static DeviceRuleSpec ReadDeviceRuleSpec(ref Utf8JsonReader json)
    {
        DeviceRuleSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "allow"u8))
            {
                result.Allow = Flag(ref json);
            }
            else if (Take(ref json, "type"u8))
            {
                result.Type = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "major"u8))
            {
                result.Major = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "minor"u8))
            {
                result.Minor = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "access"u8))
            {
                result.Access = IsNull(ref json) ? null : Text(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static MemorySpec ReadMemorySpec(ref Utf8JsonReader json)
    {
        MemorySpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "limit"u8))
            {
                result.Limit = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "reservation"u8))
            {
                result.Reservation = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "swap"u8))
            {
                result.Swap = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "kernel"u8))
            {
                result.Kernel = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "kernelTCP"u8))
            {
                result.KernelTCP = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "swappiness"u8))
            {
                result.Swappiness = IsNull(ref json) ? null : UInt64(ref json);
            }
            else if (Take(ref json, "disableOOMKiller"u8))
            {
                result.DisableOOMKiller = IsNull(ref json) ? null : Flag(ref json);
            }
            else if (Take(ref json, "useHierarchy"u8))
            {
                result.UseHierarchy = IsNull(ref json) ? null : Flag(ref json);
            }
            else if (Take(ref json, "checkBeforeUpdate"u8))
            {
                result.CheckBeforeUpdate = IsNull(ref json) ? null : Flag(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static CpuSpec ReadCpuSpec(ref Utf8JsonReader json)
    {
        CpuSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "shares"u8))
            {
                result.Shares = IsNull(ref json) ? null : UInt64(ref json);
            }
            else if (Take(ref json, "quota"u8))
            {
                result.Quota = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "burst"u8))
            {
                result.Burst = IsNull(ref json) ? null : UInt64(ref json);
            }
            else if (Take(ref json, "period"u8))
            {
                result.Period = IsNull(ref json) ? null : UInt64(ref json);
            }
            else if (Take(ref json, "realtimeRuntime"u8))
            {
                result.RealtimeRuntime = IsNull(ref json) ? null : Int64(ref json);
            }
            else if (Take(ref json, "realtimePeriod"u8))
            {
                result.RealtimePeriod = IsNull(ref json) ? null : UInt64(ref json);
            }
            else if (Take(ref json, "cpus"u8))
            {
                result.Cpus = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "mems"u8))
            {
                result.Mems = IsNull(ref json) ? null : Text(ref json);
            }
            else if (Take(ref json, "idle"u8))
            {
                result.Idle = IsNull(ref json) ? null : Int64(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static PidsSpec ReadPidsSpec(ref Utf8JsonReader json)
    {
        PidsSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "limit"u8))
            {
                result.Limit = IsNull(ref json) ? null : Int64(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static BlockIoSpec ReadBlockIoSpec(ref Utf8JsonReader json)
    {
        BlockIoSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "weight"u8))
            {
                result.Weight = IsNull(ref json) ? null : UInt16(ref json);
            }
            else if (Take(ref json, "leafWeight"u8))
            {
                result.LeafWeight = IsNull(ref json) ? null : UInt16(ref json);
            }
            else if (Take(ref json, "weightDevice"u8))
            {
                result.WeightDevice = List(ref json, ReadWeightDeviceSpec);
            }
            else if (Take(ref json, "throttleReadBpsDevice"u8))
            {
                result.ThrottleReadBpsDevice = List(ref json, ReadThrottleDeviceSpec);
            }
            else if (Take(ref json, "throttleWriteBpsDevice"u8))
            {
                result.ThrottleWriteBpsDevice = List(ref json, ReadThrottleDeviceSpec);
            }
            else if (Take(ref json, "throttleReadIOPSDevice"u8))
            {
                result.ThrottleReadIOPSDevice = List(ref json, ReadThrottleDeviceSpec);
            }
            else if (Take(ref json, "throttleWriteIOPSDevice"u8))
            {
                result.ThrottleWriteIOPSDevice = List(ref json, ReadThrottleDeviceSpec);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static WeightDeviceSpec ReadWeightDeviceSpec(ref Utf8JsonReader json)
    {
        WeightDeviceSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "major"u8))
            {
                result.Major = Int64(ref json);
            }
            else if (Take(ref json, "minor"u8))
            {
                result.Minor = Int64(ref json);
            }
            else if (Take(ref json, "weight"u8))
            {
                result.Weight = IsNull(ref json) ? null : UInt16(ref json);
            }
            else if (Take(ref json, "leafWeight"u8))
            {
                result.LeafWeight = IsNull(ref json) ? null : UInt16(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static ThrottleDeviceSpec ReadThrottleDeviceSpec(ref Utf8JsonReader json)
    {
        ThrottleDeviceSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "major"u8))
            {
                result.Major = Int64(ref json);
            }
            else if (Take(ref json, "minor"u8))
            {
                result.Minor = Int64(ref json);
            }
            else if (Take(ref json, "rate"u8))
            {
                result.Rate = UInt64(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static HugepageLimitSpec ReadHugepageLimitSpec(ref Utf8JsonReader json)
    {
        HugepageLimitSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "pageSize"u8))
            {
                result.PageSize = Text(ref json);
            }
            else if (Take(ref json, "limit"u8))
            {
                result.Limit = UInt64(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static NetworkSpec ReadNetworkSpec(ref Utf8JsonReader json)
    {
        NetworkSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "classID"u8))
            {
                result.ClassID = IsNull(ref json) ? null : UInt32(ref json);
            }
            else if (Take(ref json, "priorities"u8))
            {
                result.Priorities = List(ref json, ReadInterfacePrioritySpec);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static InterfacePrioritySpec ReadInterfacePrioritySpec(ref Utf8JsonReader json)
    {
        InterfacePrioritySpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "name"u8))
            {
                result.Name = Text(ref json);
            }
            else if (Take(ref json, "priority"u8))
            {
                result.Priority = UInt32(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }

    private static RdmaSpec ReadRdmaSpec(ref Utf8JsonReader json)
    {
        RdmaSpec result = new();
        Enter(ref json);
        while (NextMember(ref json))
        {
            if (Take(ref json, "hcaHandles"u8))
            {
                result.HcaHandles = IsNull(ref json) ? null : UInt32(ref json);
            }
            else if (Take(ref json, "hcaObjects"u8))
            {
                result.HcaObjects = IsNull(ref json) ? null : UInt32(ref json);
            }
            else
            {
                Ignore(ref json);
            }
        }

        return result;
    }
}
