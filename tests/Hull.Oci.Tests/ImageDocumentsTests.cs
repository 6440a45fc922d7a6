using System.Text;
using Hull.Oci.Image;

namespace Hull.Oci.Tests;

public sealed class ImageDocumentsTests
{
    private const string Hash = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    // As Docker writes them: nanoseconds, commands as text, sets as maps, members Hull does not know.
    [Fact]
    public void ReadConfig_OfDockersForm_FindsItsMembers()
    {
        ImageConfig config = ImageDocuments.ReadConfig(Encoding.UTF8.GetBytes($$$"""
            {"architecture":"amd64","os":"linux","created":"2026-01-02T03:04:05.123456789Z","unknown":{"a":[1,2]},
             "config":{"Env":["A=b"],"Cmd":"/bin/sh","Entrypoint":null,"ExposedPorts":{"80/tcp":{} },"Volumes":{"/v":null},
               "Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":30000000000,"Retries":3},"Labels":null},
             "rootfs":{"type":"layers","diff_ids":["{{{Hash}}}"]},
             "history":[{"created":"2026-01-02T03:04:05Z","created_by":"x","empty_layer":true}]}
            """));

        Assert.Equal(["/bin/sh"], config.Config?.Cmd);
        Assert.Null(config.Config?.Entrypoint);
        Assert.Equal(["80/tcp"], config.Config?.ExposedPorts?.Keys);
        Assert.Equal(30_000_000_000, config.Config?.Healthcheck?.Interval);
        Assert.Equal(123, config.Created?.Millisecond);
        Assert.Equal(Hash, config.RootFs.DiffIds[0].ToString());
        Assert.True(config.History?[0].EmptyLayer);
        Assert.Equal(config.RootFs.DiffIds, ImageDocuments.ReadConfig(ImageDocuments.Write(config)).RootFs.DiffIds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"rootfs\":null}")]
    [InlineData("{\"rootfs\":{\"type\":\"other\",\"diff_ids\":[]}}")]
    [InlineData("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[null]}}")]
    [InlineData("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\"sha256:../x\"]}}")]
    [InlineData("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},\"config\":{\"Env\":[null]}}")]
    [InlineData("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},\"config\":{\"Cmd\":[1]}}")]
    [InlineData("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},\"config\":{\"Labels\":{\"a\":null}}}")]
    [InlineData("{\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[]},\"created\":\"yesterday\"}")]
    public void ReadConfig_OfABrokenOne_SaysSo(string json) => Assert.Equal(
        ErrorKind.DataLoss, Assert.Throws<HullException>(() => ImageDocuments.ReadConfig(Encoding.UTF8.GetBytes(json))).Kind);

    [Theory]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[]}", MediaTypes.Index)]
    [InlineData("{\"schemaVersion\":2,\"layers\":[]}", MediaTypes.Manifest)]
    [InlineData("{\"layers\":[],\"manifests\":[]}", null)]
    [InlineData("{\"mediaType\":\"application/vnd.docker.distribution.manifest.v2+json\"}", MediaTypes.DockerManifest)]
    [InlineData("[1]", null)]
    [InlineData("{\"a\":", null)]
    [InlineData("", null)]
    public void Sniff_TellsWhatADocumentIs(string json, string? expected) =>
        Assert.Equal(expected, ImageDocuments.Sniff(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("arm64", "linux/arm64", "arm64", "v8", true)]
    [InlineData("linux/arm/v7", "linux/arm/v7", "arm", "v6", false)]
    [InlineData("x86_64", "linux/amd64", "amd64", null, true)]
    [InlineData("linux/amd64", "linux/amd64", "386", null, false)]
    [InlineData("linux/riscv64", "linux/riscv64", "riscv64", null, true)]
    public void Platform_AcceptsOtherSpellingsOfItself(string asked, string text, string architecture, string? variant, bool accepted)
    {
        var platform = Platform.Parse(asked);

        Assert.Equal(text, platform.ToString());
        Assert.Equal(accepted, platform.Accepts(new Platform { OS = "linux", Architecture = architecture, Variant = variant }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("what")]
    [InlineData("linux/")]
    [InlineData("linux/amd64/v1/x")]
    [InlineData("linux/a md64")]
    public void Platform_OfNonsense_IsRefused(string text) => Assert.Equal(
        ErrorKind.InvalidArgument, Assert.Throws<HullException>(() => Platform.Parse(text)).Kind);
}
