using System.Text.Json;
using Hull.Oci.Image;

namespace Hull.Image.Tests;

public sealed class ImageQueryTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly ScratchDirectory _scratch = new();
    private readonly ImageStore _images;

    public ImageQueryTests()
    {
        ContentStore content = new(_scratch.Combine("store"));
        _images = new ImageStore(content);
        _images.Put(ImageReference.Parse("debian:bookworm"), TestImages.Make(content, "old"));
        _images.Put(ImageReference.Parse("localhost:5000/team/app:v1"), TestImages.Make(content, "app"));
        _images.Put(null, TestImages.Make(content, "nameless"));
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(3)]
    [InlineData(1, "dangling=true")]
    [InlineData(2, "dangling=false")]
    [InlineData(1, "reference=debian")]
    [InlineData(1, "reference=deb*:book*")]
    [InlineData(1, "reference=*")]
    [InlineData(1, "reference=*/*/*")]
    [InlineData(2, "reference=[a-e]*:b*", "reference=*/team/app:v?")]
    [InlineData(1, "label=text=old")]
    [InlineData(3, "label=text")]
    [InlineData(2, "label!=text=old")]
    [InlineData(0, "label=text=old", "label=text=app")]
    [InlineData(3, "until=24h")]
    [InlineData(0, "until=0")]
    [InlineData(0, "until=999999999h999h")]
    [InlineData(0, "before=debian:bookworm")]
    public void Select_WithFilters_FindsAsManyAsDockerWould(int expected, params string[] filters)
    {
        Assert.Equal(expected, new ImageQuery(_images, filters, s_now).Select().Count);
    }

    [Theory]
    [InlineData("unknown=1")]
    [InlineData("dangling=maybe")]
    [InlineData("until=yesterday-ish")]
    [InlineData("reference=[")]
    [InlineData("=x")]
    [InlineData("dangling")]
    public void Query_OfABrokenFilter_SaysSo(string filter) => Assert.Equal(
        ErrorKind.InvalidArgument, Assert.Throws<HullException>(() => new ImageQuery(_images, [filter], s_now)).Kind);

    [Fact]
    public void Pattern_OfManyStars_EndsSoon()
    {
        ReferencePattern pattern = new(string.Concat(Enumerable.Repeat("a*", 200)) + "b");

        Assert.False(pattern.Matches(ImageReference.Parse(new string('a', 250))));
    }

    [Fact]
    public void Inspection_HasDockersMembers()
    {
        LocalImage image = _images.Get("debian:bookworm");

        string json = JsonSerializer.Serialize(ImageInspection.Of(_images, image), InspectionJson.Default.ImageInspection);

        using var document = JsonDocument.Parse(json);
        Assert.Equal(image.Id.ToString(), document.RootElement.GetProperty("Id").GetString());
        Assert.Equal("debian:bookworm", document.RootElement.GetProperty("RepoTags")[0].GetString());
        Assert.Equal("/bin/sh", document.RootElement.GetProperty("Config").GetProperty("Cmd")[0].GetString());
        Assert.Equal(2, document.RootElement.GetProperty("RootFS").GetProperty("Layers").GetArrayLength());
    }

    [Fact]
    public void History_PutsLayersBesideTheirSteps()
    {
        LocalImage image = _images.Get("debian:bookworm");
        LocalImage told = image with
        {
            Config = image.Config with
            {
                History =
                [
                    new HistoryEntry { CreatedBy = "base" },
                    new HistoryEntry { CreatedBy = "ENV", EmptyLayer = true },
                    new HistoryEntry { CreatedBy = "RUN" },
                    new HistoryEntry { CreatedBy = "one too many" },
                ],
            },
        };

        IReadOnlyList<HistoryRow> rows = ImageHistory.Of(told);

        Assert.Equal(["one too many", "RUN", "ENV", "base"], rows.Select(row => row.CreatedBy));
        Assert.Equal([null, image.Layers[1].DiffId, null, image.Layers[0].DiffId], rows.Select(row => row.Layer));
        Assert.Equal(2, ImageHistory.Of(image).Count);
    }
}
