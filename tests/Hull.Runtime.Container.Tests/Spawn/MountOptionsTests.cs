using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container.Tests.Spawn;

public sealed class MountOptionsTests
{
    [Fact]
    public void Parse_OfUsualOptions_SeparatesAttributesFromData()
    {
        var options = MountOptions.Parse("tmpfs", ["nosuid", "strictatime", "mode=755", "size=65536k", "ro"]);

        Assert.Equal(0x2u | 0x20 | 0x1, options.Set);
        Assert.Equal(["mode=755", "size=65536k"], options.Data);
    }

    [Theory]
    [InlineData("rro", 1u, 0u)]
    [InlineData("rrw", 0u, 1u)]
    [InlineData("rnosuid", 2u, 0u)]
    [InlineData("rnoatime", 0x10u, 0x70u)]
    public void Parse_OfARecursiveOption_SetsTheWholeTree(string option, uint set, uint clear)
    {
        var options = MountOptions.Parse(null, ["rbind", option]);

        Assert.Equal((0u, 0u), (options.Set, options.Clear));
        Assert.Equal((set, clear), (options.RecursiveSet, options.RecursiveClear));
    }

    [Fact]
    public void Parse_OfTheLastOfTwoOpposites_Wins()
    {
        Assert.Equal(0u, MountOptions.Parse(null, ["ro", "rw"]).Set);
        Assert.Equal(1u, MountOptions.Parse(null, ["rw", "ro"]).Set);
    }

    [Theory]
    [InlineData("rshared", 0x100000u, true)]
    [InlineData("slave", 0x80000u, false)]
    public void Parse_OfAPropagation_KnowsItsReach(string option, uint flag, bool recursive)
    {
        var options = MountOptions.Parse(null, ["bind", option]);

        Assert.Equal((flag, recursive), (options.Propagation, options.PropagationIsRecursive));
    }

    [Theory]
    [InlineData("atime", 0u, false)]
    [InlineData("norelatime", 0u, false)]
    [InlineData("diratime", 0u, false)]
    [InlineData("relatime", 0u, true)]
    [InlineData("noatime", 0x10u, true)]
    [InlineData("nodiratime", 0x80u, true)]
    [InlineData("noatime,strictatime", 0x20u, true)]
    [InlineData("noatime,atime", 0u, false)]
    [InlineData("nodiratime,norelatime", 0x80u, true)]
    public void Parse_OfAccessTimes_SetsThemOnlyByWordsThatAdd(string words, uint set, bool sets)
    {
        var options = MountOptions.Parse(null, ["bind", .. words.Split(',')]);

        Assert.Equal((set, sets, true), (options.Set, options.SetsTimes, options.HasAttributes));
    }
}
