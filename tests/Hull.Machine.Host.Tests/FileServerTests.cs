using Hull.Linux;
using Hull.Machine.Host.Sharing;

namespace Hull.Machine.Host.Tests;

/// <summary>What a guest cannot make a file server do. What it can is asked by a real guest in the system tests.</summary>
public sealed class FileServerTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hull-share-").FullName;
    private readonly FileServer _server;
    private readonly FuseGuest _guest;
    private readonly ulong _inside;
    private readonly ulong _shown;

    public FileServerTests()
    {
        Directory.CreateDirectory(_directory + "/inside/d");
        Directory.CreateDirectory(_directory + "/shown");
        File.WriteAllText(_directory + "/inside/a", "content");
        File.WriteAllText(_directory + "/shown/file", "shown");
        File.WriteAllText(_directory + "/secret", "secret");
        File.CreateSymbolicLink(_directory + "/inside/link", "../secret");
        _server = new FileServer(
        [
            new SharedTree("root", HostFile.Open(_directory + "/inside", HostFile.PathOnly)),
            new SharedTree("ro", HostFile.Open(_directory + "/shown", HostFile.PathOnly)) { ReadOnly = true },
            new SharedTree("one", HostFile.Open(_directory + "/inside/a", HostFile.PathOnly)),
        ]);
        _guest = new FuseGuest(_server);
        _inside = _guest.Find(FuseGuest.Root, "root");
        _shown = _guest.Find(FuseGuest.Root, "ro");
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("d/../../secret")]
    [InlineData("/etc/passwd")]
    public void Lookup_OfMoreThanOneName_IsRefused(string name) =>
        Assert.Equal(Errno.Inval, _guest.Ask(FuseGuest.Lookup, _inside, name));

    [Fact]
    public void Lookup_InTheRoot_FindsTreesOnly()
    {
        Assert.Equal(Errno.NoEnt, _guest.Ask(FuseGuest.Lookup, FuseGuest.Root, "secret"));
        Assert.Equal(Errno.NoEnt, _guest.Ask(FuseGuest.Lookup, FuseGuest.Root, ".."));
    }

    [Fact]
    public void Link_IsNeverFollowedHere()
    {
        ulong link = _guest.Find(_inside, "link");

        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Open, link, 0u, 0u));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Lookup, link, "x"));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.SetAttributes, link, SizeZero()));
        Assert.Equal("secret", File.ReadAllText(_directory + "/secret"));
    }

    [Fact]
    public void ReadOnlyTree_ChangesByNoRequest()
    {
        ulong file = _guest.Find(_shown, "file");

        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.Open, file, 2u, 0u));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.Open, file, 0x200u, 0u));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.Create, _shown, 2u, 0x1A4u, 0u, 0u, "new"));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.MakeDirectory, _shown, 0x1EDu, 0u, "new"));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.SymbolicLink, _shown, "new", "x"));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.Unlink, _shown, "file"));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.Rename, _shown, _inside, "file", "file"));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.Rename, _inside, _shown, "a", "a"));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.SetAttributes, file, SizeZero()));
        Assert.Equal(Errno.RoFs, _guest.Ask(FuseGuest.SetExtended, file, 1u, 0u, "user.x", "1"u8.ToArray()));
        Assert.Equal("shown", File.ReadAllText(_directory + "/shown/file"));
    }

    [Fact]
    public void ReadOnlyFile_GetsNoSecondNameWhereItCouldBeWritten()
    {
        ulong file = _guest.Find(_shown, "file");

        Assert.Equal(Errno.XDev, _guest.Ask(FuseGuest.Link, _inside, file, "mine"));
        Assert.False(File.Exists(_directory + "/inside/mine"));
    }

    [Fact]
    public void Overlay_KeepsItsOwnAttributes() =>
        Assert.Equal(Errno.Perm, _guest.Ask(FuseGuest.SetExtended, _inside, 1u, 0u, "trusted.overlay.opaque", "y"u8.ToArray()));

    [Fact]
    public void File_CanBeATree()
    {
        ulong file = _guest.Find(FuseGuest.Root, "one");

        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Open, file, 0u, 0u));
        ulong handle = _guest.FirstNumber;
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Read, file, handle, 0ul, 100u, 0u, 0ul, 0u, 0u));
        Assert.Equal("content"u8.ToArray(), _guest.Answer.ToArray());
    }

    [Fact]
    public void Handle_OfAnotherKind_IsRefused()
    {
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.OpenDirectory, _inside, 0u, 0u));
        ulong handle = _guest.FirstNumber;

        Assert.Equal(Errno.BadF, _guest.Ask(FuseGuest.Read, _inside, handle, 0ul, 100u, 0u, 0ul, 0u, 0u));
        Assert.Equal(Errno.BadF, _guest.Ask(FuseGuest.ReadDirectory, _inside, 999ul, 0ul, 100u, 0u, 0ul, 0u, 0u));
    }

    [Fact]
    public void Removed_NodeThatIsKnown_IsStillReached()
    {
        ulong file = _guest.Find(_inside, "a");
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Unlink, _inside, "a"));

        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Open, file, 0u, 0u));
    }

    [Fact]
    public void DeepTree_IsReachedAfterItsDescriptorsWerePutAway()
    {
        const int Depth = 6000;
        List<ulong> nodes = [_guest.Find(_inside, "d")];
        for (int i = 0; i < Depth; i++)
        {
            Assert.Equal(Errno.None, _guest.Ask(FuseGuest.MakeDirectory, nodes[^1], 0x1EDu, 0u, "d"));
            nodes.Add(_guest.FirstNumber);
        }

        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.MakeDirectory, nodes[1000], 0x1EDu, 0u, "beside"));
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.MakeDirectory, nodes[^1], 0x1EDu, 0u, "bottom"));
        for (int i = Depth; i > 0; i--)
        {
            _guest.Ask(11, nodes[i], "beside");
            _guest.Ask(11, nodes[i], "bottom");
            Assert.Equal(Errno.None, _guest.Ask(11, nodes[i - 1], "d"));
        }
    }

    [Fact]
    public void Answer_WithoutRoom_StaysInside()
    {
        ulong link = _guest.Find(_inside, "link");
        byte[] request = new byte[40];
        request[4] = 5;
        BitConverter.GetBytes(link).CopyTo(request, 16);

        Assert.Equal(16, _server.Handle(request, new byte[16]));
    }

    [Fact]
    public void Request_ThatIsCut_IsAnswered()
    {
        Assert.Equal(Errno.Inval, _guest.Ask(FuseGuest.Create, _inside, 2u));
        Assert.Equal(Errno.Inval, _guest.Ask(FuseGuest.Lookup, _inside, "unended"u8.ToArray()));
        Assert.Equal(0, _server.Handle(new byte[10], new byte[100]));
    }

    // struct fuse_setattr_in with the size alone: FATTR_SIZE.
    private static byte[] SizeZero()
    {
        byte[] bytes = new byte[88];
        bytes[0] = 8;
        return bytes;
    }
}
