using System.Text;
using System.Text.Json;
using Hull.Oci.Runtime;

namespace Hull.Fuzz.Targets;

/// <summary>The runtime's own quick reader of config.json against the framework's: what both take must mean the same.</summary>
internal sealed class RuntimeReaderTarget : IFuzzTarget
{
    private const string Resources = """
        {"linux":{"resources":{"cpu":{"shares":1,"quota":-1,"period":2,"cpus":"0","burst":3,"idle":1},"memory":{"limit":-1,"swap":2,"swappiness":60,"disableOOMKiller":true},
         "pids":{"limit":5},"blockIO":{"weight":10,"throttleReadBpsDevice":[{"major":8,"minor":0,"rate":600}]},"hugepageLimits":[{"pageSize":"2MB","limit":1}],
         "devices":[{"allow":false,"access":"rwm","type":"c","major":1,"minor":2}],"unified":{"memory.high":"1"},"network":{"classID":1,"priorities":[{"name":"lo","priority":1}]},
         "rdma":{"mlx":{"hcaHandles":3}}}}}
        """;

    public string Name => "runtime-json";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new RuntimePlanTarget().Seeds, .. new SeccompTarget().Seeds,
        """{"process":{"args":["x"],"consoleSize":{"height":1,"width":2},"noNewPrivileges":true,"apparmorProfile":"a","selinuxLabel":"b"}}"""u8.ToArray(),
        Encoding.UTF8.GetBytes(Resources),
    ];

    public IReadOnlyList<string> Words { get; } = ["\"process\":", "\"linux\":", "\"args\":", "\"mounts\":", "null,", "{\"", "1.0", "1e3", "-0", "\\u0041"];

    public void Run(ReadOnlyMemory<byte> input)
    {
        RuntimeSpec? quick = Try(input, bytes => RuntimeSpecReader.Read(bytes.Span));
        RuntimeSpec? slow = Try(input, bytes => JsonSerializer.Deserialize(bytes.Span, RuntimeJson.Default.RuntimeSpec));
        _ = Try(input, bytes => RuntimeSpecReader.ReadProcess(bytes.Span));
        _ = Try(input, bytes => RuntimeSpecReader.ReadResources(bytes.Span));

        // null is the same as absent for the quick one, everywhere; the framework's leaves it in lists and maps.
        if (quick is not null && slow is not null && input.Span.IndexOf("null"u8) < 0)
        {
            string one = JsonSerializer.Serialize(quick, RuntimeJson.Default.RuntimeSpec);
            string other = JsonSerializer.Serialize(slow, RuntimeJson.Default.RuntimeSpec);
            if (one != other)
            {
                throw new InvalidOperationException($"The two readers differ:\n{one}\n{other}");
            }
        }
    }

    private static T? Try<T>(ReadOnlyMemory<byte> input, Func<ReadOnlyMemory<byte>, T?> read)
        where T : class
    {
        try
        {
            return read(input);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
