using System.Text;
using Hull.Runtime.Container;

namespace Hull.Fuzz.Targets;

/// <summary>A container's record in the state directory, which a crash or somebody else may have left in any shape.</summary>
internal sealed class ContainerRecordTarget : IFuzzTarget
{
    public string Name => "container-record";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        new ContainerRecord
        {
            Id = ContainerId.Parse("c1"),
            ProcessId = 4711,
            ProcessIdentity = 99,
            BundleDirectory = "/b",
            RootDirectory = "/b/rootfs",
            OciVersion = "1.2.0",
            Created = DateTimeOffset.UnixEpoch,
            HasHooks = true,
            Annotations = new Dictionary<string, string> { ["a"] = "b\n\u00e4" },
            Cgroups = new Dictionary<string, string> { [""] = "/sys/fs/cgroup/hull/c1", ["cpu,cpuacct"] = "/x" },
        }.ToJson(),
        Encoding.UTF8.GetBytes("""{"version":1,"id":"c","pid":1,"bundle":"/","rootfs":"/","created":1,"cgroups":{"memory":null},"later":[{}]}"""),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        var record = ContainerRecord.Read(input.Span, "state.json");
        var again = ContainerRecord.Read(record.ToJson(), "state.json");
        if (again.Id != record.Id || again.ProcessId != record.ProcessId || again.Cgroups.Count != record.Cgroups.Count || again.Created != record.Created)
        {
            throw new InvalidOperationException("The record is not what was written.");
        }
    }
}
