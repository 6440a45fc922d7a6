using System.Globalization;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Block devices.</summary>
public sealed partial class Cgroup
{
    private void SetBlockIo(BlockIoSpec? io)
    {
        if (io is null || !HasBlockIo(io))
        {
            return;
        }

        string directory = Require(CgroupControllers.BlockIo, "block I/O limit", out bool unified);
        if (unified)
        {
            SetBlockIoUnified(directory, io);
        }
        else
        {
            SetBlockIoLegacy(directory, io);
        }
    }

    private static bool HasBlockIo(BlockIoSpec io) =>
        io.Weight is > 0 || io.LeafWeight is > 0 || io.WeightDevice is { Count: > 0 }
        || io.ThrottleReadBpsDevice is { Count: > 0 } || io.ThrottleWriteBpsDevice is { Count: > 0 }
        || io.ThrottleReadIOPSDevice is { Count: > 0 } || io.ThrottleWriteIOPSDevice is { Count: > 0 };

    private static void SetBlockIoLegacy(string directory, BlockIoSpec io)
    {
        // The proportional scheduler was CFQ once and is BFQ today.
        string prefix = CgroupFile.Exists(directory, "blkio.weight") ? "blkio" : "blkio.bfq";
        if (io.Weight is > 0 and { } weight)
        {
            CgroupFile.Write(directory, $"{prefix}.weight", (ulong)weight);
        }

        if (io.LeafWeight is > 0 and { } leafWeight)
        {
            CgroupFile.Write(directory, "blkio.leaf_weight", (ulong)leafWeight);
        }

        for (int i = 0; i < io.WeightDevice?.Count; i++)
        {
            WeightDeviceSpec each = io.WeightDevice[i];
            if (each.Weight is > 0)
            {
                CgroupFile.Write(directory, $"{prefix}.weight_device", Line(each.Major, each.Minor, each.Weight.Value));
            }

            if (each.LeafWeight is > 0)
            {
                CgroupFile.Write(directory, "blkio.leaf_weight_device", Line(each.Major, each.Minor, each.LeafWeight.Value));
            }
        }

        Throttle(directory, "blkio.throttle.read_bps_device", "", io.ThrottleReadBpsDevice);
        Throttle(directory, "blkio.throttle.write_bps_device", "", io.ThrottleWriteBpsDevice);
        Throttle(directory, "blkio.throttle.read_iops_device", "", io.ThrottleReadIOPSDevice);
        Throttle(directory, "blkio.throttle.write_iops_device", "", io.ThrottleWriteIOPSDevice);
    }

    private static void SetBlockIoUnified(string directory, BlockIoSpec io)
    {
        const string Bfq = "io.bfq.weight";
        bool bfq = CgroupFile.Exists(directory, Bfq);
        if (io.Weight is > 0 and { } weight)
        {
            if (bfq)
            {
                CgroupFile.Write(directory, Bfq, (ulong)weight);
            }
            else
            {
                // 10 to 1,000 becomes 1 to 10,000: OCI runtime specification 1.2, config-linux.md, and runc.
                CgroupFile.Write(directory, "io.weight", 1 + ((ulong)(weight - 10) * 9999 / 990));
            }
        }

        for (int i = 0; bfq && i < io.WeightDevice?.Count; i++)
        {
            WeightDeviceSpec each = io.WeightDevice[i];
            if (each.Weight is > 0)
            {
                // Kernels before 5.4 know no weights by device; runc leaves them out there as well.
                Errno error = CgroupFile.TryWrite(directory, Bfq, Line(each.Major, each.Minor, each.Weight.Value));
                if (error is not (Errno.None or Errno.Inval))
                {
                    throw CgroupFile.Failed(directory, Bfq, Line(each.Major, each.Minor, each.Weight.Value), error);
                }
            }
        }

        Throttle(directory, "io.max", "rbps=", io.ThrottleReadBpsDevice);
        Throttle(directory, "io.max", "wbps=", io.ThrottleWriteBpsDevice);
        Throttle(directory, "io.max", "riops=", io.ThrottleReadIOPSDevice);
        Throttle(directory, "io.max", "wiops=", io.ThrottleWriteIOPSDevice);
    }

    private static void Throttle(string directory, string file, string key, IReadOnlyList<ThrottleDeviceSpec>? devices)
    {
        for (int i = 0; i < devices?.Count; i++)
        {
            ThrottleDeviceSpec each = devices[i];

            // 0 removes the limit on version 1; version 2 spells that "max".
            string rate = key.Length > 0 && each.Rate == 0 ? "max" : each.Rate.ToString(CultureInfo.InvariantCulture);
            CgroupFile.Write(
                directory, file, string.Create(CultureInfo.InvariantCulture, $"{each.Major}:{each.Minor} {key}{rate}"));
        }
    }

    private static string Line(long major, long minor, ushort weight) =>
        string.Create(CultureInfo.InvariantCulture, $"{major}:{minor} {weight}");
}
