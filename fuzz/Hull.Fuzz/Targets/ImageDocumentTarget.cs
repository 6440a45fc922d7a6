using System.Text;
using Hull.Oci.Image;

namespace Hull.Fuzz.Targets;

/// <summary>Manifests, indexes and configurations of images, as a registry could send them.</summary>
internal sealed class ImageDocumentTarget : IFuzzTarget
{
    private const string Blob = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    public string Name => "image-json";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            $$$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
             "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{{{Blob}}}","size":7},
             "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"{{{Blob}}}","size":9}],"annotations":{"a":"b"}}
            """,
            $$$"""
            {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[
             {"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{{{Blob}}}","size":7,"platform":{"architecture":"amd64","os":"linux","variant":"v1"}}]}
            """,
            $$$"""
            {"architecture":"amd64","os":"linux","created":"2024-01-01T00:00:00Z","config":{"Env":["A=b"],"Cmd":["sh"],"Entrypoint":["/e"],"User":"1:2",
             "ExposedPorts":{"80/tcp":{}},"Volumes":{"/v":{}},"Labels":{"l":"m"},"WorkingDir":"/w","StopSignal":"SIGTERM","Healthcheck":{"Test":["CMD","x"],"Interval":1}},
             "rootfs":{"type":"layers","diff_ids":["{{{Blob}}}"]},"history":[{"created":"2024-01-01T00:00:00Z","created_by":"x","empty_layer":true}]}
            """,
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        _ = ImageDocuments.Sniff(input.Span);
        Try(() => ImageDocuments.Write(ImageDocuments.ReadManifest(input.Span)));
        Try(() => ImageDocuments.Write(ImageDocuments.ReadIndex(input.Span)));
        Try(() => ImageDocuments.Write(ImageDocuments.ReadConfig(input.Span)));
    }

    // Each reader gets every input, also when the one before refused it.
    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (HullException)
        {
            // Refused, as it should be.
        }
    }
}
