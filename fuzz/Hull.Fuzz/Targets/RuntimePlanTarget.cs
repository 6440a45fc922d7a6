using System.Text.Json;
using Hull.Oci.Runtime;
using Hull.Runtime;
using Hull.Runtime.Container;
using Hull.Runtime.Container.Spawn;

namespace Hull.Fuzz.Targets;

/// <summary>config.json to a spawn plan: nothing is run.</summary>
internal sealed class RuntimePlanTarget : IFuzzTarget
{
    private const string Rich = """
        {"ociVersion":"1.2.0","hostname":"h","domainname":"d","annotations":{"a":"b"},
         "process":{"terminal":false,"user":{"uid":1,"gid":2,"umask":18,"additionalGids":[3,4]},"args":["sh","-c","true"],"env":["PATH=/bin"],"cwd":"/",
          "capabilities":{"bounding":["CAP_KILL"],"effective":["CAP_KILL"],"ambient":["CAP_KILL"]},"rlimits":[{"type":"RLIMIT_CORE","hard":1,"soft":1}],
          "oomScoreAdj":5,"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":4},"scheduler":{"policy":"SCHED_OTHER","nice":3}},
         "root":{"path":"rootfs","readonly":true},
         "mounts":[{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/t","type":"tmpfs","source":"t","options":["ro","size=1k","rnodev"]},
          {"destination":"/b","type":"bind","source":"/etc","options":["rbind","ro","rslave"]}],
         "hooks":{"prestart":[{"path":"/bin/true","args":["true"],"timeout":1}]},
         "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"user"},{"type":"uts"},{"type":"time"},{"type":"network"},{"type":"ipc"},{"type":"cgroup"}],
          "uidMappings":[{"containerID":0,"hostID":1000,"size":10}],"gidMappings":[{"containerID":0,"hostID":1000,"size":10}],
          "devices":[{"path":"/dev/fuse","type":"c","major":10,"minor":229,"fileMode":438}],"sysctl":{"net.ipv4.ip_forward":"1"},
          "maskedPaths":["/proc/kcore"],"readonlyPaths":["/proc/sys"],"rootfsPropagation":"rprivate","timeOffsets":{"monotonic":{"secs":1,"nanosecs":2}},
          "personality":{"domain":"LINUX32"},"cgroupsPath":"/hull/fuzz"}}
        """;

    public string Name => "runtime-plan";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        JsonSerializer.SerializeToUtf8Bytes(SampleSpec.Make(hasUnifiedCgroups: true), RuntimeJson.Default.RuntimeSpec),
        .. JsonVariants.Of(Rich),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        RuntimeSpec? spec;
        try
        {
            spec = JsonSerializer.Deserialize(input.Span, RuntimeJson.Default.RuntimeSpec);
        }
        catch (JsonException)
        {
            return;
        }

        if (spec is not null)
        {
            Bundle bundle = new()
            {
                Id = ContainerId.Parse("fuzz"),
                Directory = "/nonexistent/bundle",
                Spec = spec,
                Root = new RootFilesystem { Path = "/nonexistent/bundle/rootfs" },
                Streams = new TaskStreams(),
            };
            _ = PlanPrinter.Print(ContainerRuntime.Plan(bundle, new CreateOptions()));
        }
    }
}
