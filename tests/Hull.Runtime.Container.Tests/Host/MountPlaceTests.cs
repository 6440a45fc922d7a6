using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests.Host;

public sealed class MountPlaceTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Mount_OfWhatAnEarlierMountMade_TakesThat(bool user, bool mapped)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string source = container.DirectoryPath + "/source/inner";
        Directory.CreateDirectory(source);
        File.WriteAllText(source + "/file", "inner");
        if (user)
        {
            WaitingProcessTests.UserNamespace(container);
            Directory.CreateDirectory(container.RootPath + "/first");
            Directory.CreateDirectory(container.RootPath + "/second");
            Directory.CreateDirectory(container.RootPath + "/third");
        }

        IdMappingSpec[]? map = mapped ? [new IdMappingSpec { ContainerID = 0, HostID = 100_000, Size = 65_536 }] : null;
        container.Mount(
            new MountSpec { Destination = "/first", Type = "bind", Source = container.DirectoryPath + "/source", Options = ["bind"] },
            new MountSpec { Destination = container.RootPath + "/second", Type = "bind", Source = container.RootPath + "/first/inner", Options = ["rbind"], UidMappings = map, GidMappings = map },
            new MountSpec { Destination = "/third", Type = "bind", Source = container.RootPath + "/second/file", Options = ["bind"] });
        if (user)
        {
            Directory.Delete(container.RootPath + "/third");
            File.WriteAllText(container.RootPath + "/third", "");
        }

        (int code, string output) = container.Run("cat /second/file /third");

        Assert.Equal((0, "innerinner"), (code, output));
    }

    [Theory]
    [InlineData("/away/deep/file", "/away/deep/file")]
    [InlineData("/jump/file", "/elsewhere/there/file")]
    [InlineData("/last", "/run/file")]
    [InlineData("/up", "/run/x/file")]
    public void Mount_OntoALinkToNothing_IsWhereTheLinkLeads(string destination, string place)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        File.WriteAllText(container.DirectoryPath + "/file", "here");
        File.CreateSymbolicLink(container.RootPath + "/jump", "/elsewhere/there");
        File.CreateSymbolicLink(container.RootPath + "/last", "run/file");
        File.CreateSymbolicLink(container.RootPath + "/up", "../../run/./nothing/../x/file");
        container.Mount(new MountSpec { Destination = destination, Type = "bind", Source = container.DirectoryPath + "/file", Options = ["bind"] });

        (int code, string output) = container.Run("cat " + place);

        Assert.Equal((0, "here"), (code, output));
    }

    [Fact]
    public void Mount_OntoLinksInCircles_IsRefused()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        File.CreateSymbolicLink(container.RootPath + "/a", "b/x");
        File.CreateSymbolicLink(container.RootPath + "/b", "a/x");
        container.Mount(new MountSpec { Destination = "/a/file", Type = "tmpfs", Source = "tmpfs" });

        HullException error = Assert.ThrowsAny<HullException>(() => container.Run("true"));

        Assert.Contains("/a/file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Mount_OntoADanglingLinkOutOfTheRoot_StaysInside()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        string outside = container.DirectoryPath + "/outside";
        Directory.CreateDirectory(outside);
        File.CreateSymbolicLink(container.RootPath + "/link", "/../../../../../../.." + outside + "/made");
        container.Mount(new MountSpec { Destination = "/link", Type = "tmpfs", Source = "tmpfs" });

        (int code, string output) = container.Run($"touch /link/x; ls {outside}/made");

        Assert.Equal((0, "x\n"), (code, output));
        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }
}
