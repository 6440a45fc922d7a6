using System.Text;
using System.Text.Json;
using Hull.Engine.Logs;
using Hull.Image;
using Hull.Snapshot;
using Hull.Supervision;

namespace Hull.Fuzz.Targets;

/// <summary>Hull's own files, as a crash, a full disk or somebody else may leave them. The first byte picks which.</summary>
internal sealed class RecordTarget : IFuzzTarget, IDisposable
{
    private const string Blob = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-fuzz-records-").FullName;
    private readonly ImageStore _images;

    internal RecordTarget() => _images = new ImageStore(new ContentStore(Path.Combine(_directory, "store")));

    public string Name => "records";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            """0{"state":1,"pid":5,"supervisorPid":6,"supervisorStart":7,"bootId":"x","exitCode":3,"error":"e","outOfMemory":true,"startedAt":"2026-01-01T00:00:00+00:00","health":{"status":"healthy","log":[]}}""",
            """1{"id":"c","name":"n","runtimeRoot":"/r","socket":"/s","eventsFile":"/e","spec":{"ociVersion":"1.2.0","process":{"args":["x"],"cwd":"/"}},"root":{"path":"/p","lower":["/l"]},"restart":{"kind":1},"removeCommand":["hull"]}""",
            "2{\"log\":\"text\\n\",\"stream\":\"stderr\",\"time\":\"2026-01-01T00:00:00.123456789Z\"}",
            $"3hull-chain 1\n{Blob}\n12\n{Blob}\n{Blob}\n",
            $$$"""4{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Blob}}}","size":7,"annotations":{"org.opencontainers.image.ref.name":"a/b:c","hull.image.size":"9","org.opencontainers.image.created":"2026-01-01T00:00:00Z","hull.image.config":"{{{Blob}}}"}}]}""",
            """5{"auths":{"reg.test":{"auth":"dXNlcjpwYXNz","identitytoken":"t"},"https://reg.test/v1/":{"username":"u","password":"p"}},"credHelpers":{},"credsStore":""}""",
            """6{"registry":{"default":"host:5000","defaultNamespace":"library","insecure":["a:1"],"parallel":3},"network":{}}""",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public IReadOnlyList<string> Words { get; } = ["{\"", "\":", "null", "[]", Blob, "\n", "\\ud800", "-1", "1e5"];

    public void Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        byte[] bytes = input[1..].ToArray();
        switch (input.Span[0] % 7)
        {
            case 6:
                Write(TaskRecord.FileName, bytes);
                _ = JsonSerializer.Serialize(TaskFiles.ReadRecord(_directory), SupervisionJson.Default.TaskRecord);
                break;
            case 0:
                Write(TaskOrders.FileName, bytes);
                _ = JsonSerializer.Serialize(TaskFiles.ReadOrders(_directory), SupervisionJson.Default.TaskOrders);
                break;
            case 1:
                _ = LogReader.Parse(bytes);
                break;
            case 2:
                _ = ChainRecord.Read(Write("chain", bytes)).ToText();
                break;
            case 3:
                Write("store/index.json", bytes);
                _ = _images.List().Sum(entry => entry.Size >= 0 && entry.Reference?.ToString() == "" ? 1 : 0);
                break;
            case 4:
                CredentialStore store = new(Write("config.json", bytes));
                _ = store.FindAsync("reg.test", "team/app", CancellationToken.None).GetAwaiter().GetResult();
                break;
            default:
                _ = RegistryOptions.Load(Write("hull.json", bytes)).Resolve(ImageReference.Parse("debian"));
                break;
        }
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Write(string name, byte[] bytes)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
