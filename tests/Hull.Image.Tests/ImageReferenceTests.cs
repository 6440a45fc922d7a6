using FsCheck;
using FsCheck.Fluent;

namespace Hull.Image.Tests;

public sealed class ImageReferenceTests
{
    private const string Hash = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("debian", null, "debian", "latest", null)]
    [InlineData("debian:bookworm", null, "debian", "bookworm", null)]
    [InlineData("team/app:v1.2_3-x", null, "team/app", "v1.2_3-x", null)]
    [InlineData("localhost/app", "localhost", "app", "latest", null)]
    [InlineData("localhost:5000/a/b/c", "localhost:5000", "a/b/c", "latest", null)]
    [InlineData("127.0.0.1:5000/a:1", "127.0.0.1:5000", "a", "1", null)]
    [InlineData("[::1]:5000/a", "[::1]:5000", "a", "latest", null)]
    [InlineData("Example/a", "Example", "a", "latest", null)]
    [InlineData("registry.test/a__b/c.d/e---f", "registry.test", "a__b/c.d/e---f", "latest", null)]
    [InlineData("debian@" + Hash, null, "debian", null, Hash)]
    [InlineData("registry.test:1/debian:12@" + Hash, "registry.test:1", "debian", "12", Hash)]
    public void Parse_OfAName_FindsItsParts(string text, string? registry, string repository, string? tag, string? digest)
    {
        var reference = ImageReference.Parse(text);

        Assert.Equal(registry, reference.Registry);
        Assert.Equal(repository, reference.Repository);
        Assert.Equal(tag, reference.Tag);
        Assert.Equal(digest, reference.Digest?.ToString());
        Assert.Equal(reference, ImageReference.Parse(reference.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("/")]
    [InlineData("a:")]
    [InlineData("a/")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("A")]
    [InlineData("team/App")]
    [InlineData("a.")]
    [InlineData("a___b")]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("a-")]
    [InlineData("a:-x")]
    [InlineData("a:.x")]
    [InlineData("a:b:c")]
    [InlineData("a@sha256:12")]
    [InlineData("a@" + Hash + "@" + Hash)]
    [InlineData("a@SHA256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("localhost:99999/a")]
    [InlineData("localhost:/a")]
    [InlineData("host-.test/a")]
    [InlineData("[::zz]:5000/a")]
    [InlineData("user@host.test/a")]
    [InlineData("http://host.test/a")]
    [InlineData("a b")]
    [InlineData("a\n")]
    [InlineData("../a")]
    public void TryParse_OfABrokenName_SaysNo(string text)
    {
        Assert.False(ImageReference.TryParse(text, out _));
        HullException error = Assert.Throws<HullException>(() => ImageReference.Parse(text));
        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    // Strings made of the grammar's own characters come near its borders far more often than arbitrary ones.
    [Fact]
    public void TryParse_OfAnyText_NeverThrows_AndWhatItReadsItWritesTheSame()
    {
        Gen<string> near = Gen.Elements("a", "b", "0", "-", ".", "_", "__", ":", "/", "@", "localhost", "A", "[::1]", Hash, "5000")
            .ListOf().Select(parts => string.Concat(parts));

        Prop.ForAll(Arb.From(Gen.OneOf(near, ArbMap.Default.GeneratorFor<string>())), text =>
        {
            if (!ImageReference.TryParse(text, out ImageReference? reference))
            {
                return true;
            }

            return ImageReference.Parse(reference!.ToString()) == reference
                && ImageReference.Parse(reference.Familiar) == reference
                && reference.Name.Length <= ImageReference.MaxNameLength;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5000));
    }

    [Fact]
    public void TryParse_AtTheLimits_CountsAsTheGrammarDoes()
    {
        Assert.True(ImageReference.TryParse(new string('a', 255), out _));
        Assert.False(ImageReference.TryParse(new string('a', 256), out _));
        Assert.True(ImageReference.TryParse("a:" + new string('t', 128), out _));
        Assert.False(ImageReference.TryParse("a:" + new string('t', 129), out _));
    }

    [Theory]
    [InlineData("debian:latest", "debian")]
    [InlineData("debian", "debian")]
    [InlineData("debian:12", "debian:12")]
    [InlineData("debian:latest@" + Hash, "debian:latest@" + Hash)]
    public void Familiar_DropsOnlyTheDefaultTag(string text, string expected) =>
        Assert.Equal(expected, ImageReference.Parse(text).Familiar);
}
