using Hull.Image;
using Hull.Snapshot.Bootstrap;

namespace Hull.Snapshot.Tests;

public sealed class BaseImageBuilderTests
{
    [Fact]
    public async Task Build_TwiceOnDifferentDays_GivesTheSameImage()
    {
        Tool.RequireRoot();
        Tool.Require("mmdebstrap", "apt-get");
        using TempDirectory temp = new();
        ImageStore images = new(new ContentStore(temp["store"]));
        BaseImageRequest request = new() { Reference = ImageReference.Parse("debian:bookworm"), Variant = "essential" };
        LocalImage first = await BuildOrSkipAsync(request, images, TimeProvider.System);

        LocalImage second = await BuildOrSkipAsync(request, images, new YesterdayClock());

        Assert.Equal(first.Id, second.Id);
        Assert.Equal(first.ManifestDescriptor.Digest, second.ManifestDescriptor.Digest);
        Assert.True(first.Config.Created < TimeProvider.System.GetUtcNow());
        Assert.Equal(["bash"], first.Config.Config!.Cmd);
    }

    [Theory]
    [InlineData("bookworm", "minbase", "-o=x")]
    [InlineData("bookworm", "minbase", "a b")]
    [InlineData("bookworm", "../x", "bash")]
    [InlineData("$(x)", "minbase", "bash")]
    public async Task Build_WithNameThatIsNoName_IsRefused(string suite, string variant, string package)
    {
        using TempDirectory temp = new();
        ImageStore images = new(new ContentStore(temp["store"]));
        BaseImageRequest request = new()
        {
            Reference = ImageReference.Parse("debian:bookworm"),
            Suite = suite,
            Variant = variant,
            Include = [package],
        };

        HullException error = await Assert.ThrowsAsync<HullException>(
            () => BaseImageBuilder.BuildAsync(request, images, null, null, TestContext.Current.CancellationToken));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    private static async Task<LocalImage> BuildOrSkipAsync(BaseImageRequest request, ImageStore images, TimeProvider clock)
    {
        try
        {
            return await BaseImageBuilder.BuildAsync(request, images, clock, null, TestContext.Current.CancellationToken);
        }
        catch (HullException error) when (error.Kind is ErrorKind.Unavailable or ErrorKind.NotFound)
        {
            Assert.Skip($"Packages cannot be reached: {error.Message}");
            throw;
        }
    }

    private sealed class YesterdayClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(-1);
    }
}
