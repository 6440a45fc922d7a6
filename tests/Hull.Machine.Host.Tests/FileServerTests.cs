using System.Text;
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
        ],
        0);
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

    // A kernel that was refused the second way asks no more: 'ls' of the mount point showed nothing.
    [Theory]
    [InlineData(FuseGuest.ReadDirectory, 0)]
    [InlineData(FuseGuest.ReadDirectoryPlus, 128)]
    public void Root_IsListed_HoweverItIsAsked(uint how, int before)
    {
        const int NameLengthAt = 16;
        const int NameAt = 24;
        Assert.Equal(Errno.None, _guest.Ask(how, FuseGuest.Root, 0ul, 0ul, 4096u, 0u, 0ul, 0u, 0u));
        List<string> names = [];
        ReadOnlySpan<byte> answer = _guest.Answer;
        while (!answer.IsEmpty)
        {
            answer = answer[before..];
            int length = BitConverter.ToInt32(answer[NameLengthAt..]);
            names.Add(Encoding.UTF8.GetString(answer.Slice(NameAt, length)));
            answer = answer[((NameAt + length + 7) & ~7)..];
        }

        Assert.Equal([".", "..", "root", "ro", "one"], names);

        Assert.Equal(Errno.None, _guest.Ask(how, FuseGuest.Root, 0ul, 5ul, 4096u, 0u, 0ul, 0u, 0u));
        Assert.Equal(0, _guest.Answer.Length);
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

    [Theory]
    [InlineData("/proc/self/root")]
    [InlineData("/proc/self/fd/0")]
    [InlineData("/")]
    [InlineData("../secret")]
    public void Link_ToAnywhere_IsOnlyText(string target)
    {
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.SymbolicLink, _inside, "away", target));
        ulong link = _guest.FirstNumber;

        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Lookup, link, "etc"));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.OpenDirectory, link, 0u, 0u));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Open, link, 0u, 0u));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Create, link, 2u, 0x1A4u, 0u, 0u, "new"));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Create, _inside, 2u, 0x1A4u, 0u, 0u, "away"));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.SetExtended, link, 1u, 0u, "user.x", "1"u8.ToArray()));
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Link, _inside, link, "again"));
        Assert.Equal(target, new FileInfo(_directory + "/inside/again").LinkTarget);
        Assert.Equal("secret", File.ReadAllText(_directory + "/secret"));
    }

    [Theory]
    [InlineData(0x21B6u, 0x105u)] // character, 1:5: zero
    [InlineData(0x61B6u, 0xFE00u)] // block, 254:0: a disk
    [InlineData(0x11B6u, 0u)] // pipe: opening one would wait for ever
    [InlineData(0xC1B6u, 0u)] // socket
    public void Device_OfTheShare_IsNeverOpenedHere(uint mode, uint device)
    {
        const uint MakeNode = 8;
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root makes device nodes.");
        Assert.Equal(Errno.None, _guest.Ask(MakeNode, _inside, mode, device, 0u, 0u, "node"));
        ulong node = _guest.FirstNumber;

        Assert.Equal(Errno.Nxio, _guest.Ask(FuseGuest.Open, node, 0u, 0u));
        Assert.Equal(Errno.Nxio, _guest.Ask(FuseGuest.Open, node, 2u, 0u));
        Assert.Equal(Errno.Nxio, _guest.Ask(FuseGuest.Create, _inside, 2u, 0x1B6u, 0u, 0u, "node"));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.OpenDirectory, node, 0u, 0u));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.SetAttributes, node, SizeZero()));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Lookup, node, "x"));
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(100_000ul)]
    [InlineData(ulong.MaxValue)]
    public void Number_ThatWasNotGiven_LeadsNowhere(ulong forged)
    {
        Assert.Equal(Errno.NoEnt, _guest.Ask(FuseGuest.Lookup, forged, "a"));
        Assert.Equal(Errno.NoEnt, _guest.Ask(FuseGuest.Open, forged, 0u, 0u));
        Assert.Equal(Errno.BadF, _guest.Ask(FuseGuest.Read, _inside, forged, 0ul, 100u, 0u, 0ul, 0u, 0u));
        Assert.Equal(Errno.BadF, _guest.Ask(FuseGuest.Write, _inside, forged, 0ul, 1u, 0u, 0ul, 0u, 0u, "x"u8.ToArray()));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Link, _inside, forged, "mine"));
        Assert.NotEqual(Errno.None, _guest.Ask(FuseGuest.Rename, _inside, forged, "a", "b"));
    }

    [Fact]
    public void Handle_OfFileThatIsOnlyShown_IsNotWritten()
    {
        ulong file = _guest.Find(_shown, "file");
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Open, file, 0u, 0u));
        ulong handle = _guest.FirstNumber;

        Assert.Equal(Errno.BadF, _guest.Ask(FuseGuest.Write, _inside, handle, 0ul, 1u, 0u, 0ul, 0u, 0u, "x"u8.ToArray()));
        Assert.Equal("shown", File.ReadAllText(_directory + "/shown/file"));
    }

    [Fact]
    public void Owner_GivenAgain_DropsSetIds()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root's server gives owners.");
        const UnixFileMode Before = UnixFileMode.SetUser | UnixFileMode.SetGroup | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;
        File.SetUnixFileMode(_directory + "/inside/a", Before);

        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.SetAttributes, _guest.Find(_inside, "a"), new byte[88]));

        Assert.Equal(UnixFileMode.UserExecute | UnixFileMode.GroupExecute, File.GetUnixFileMode(_directory + "/inside/a"));
    }

    // struct fuse_setattr_in with the size alone: FATTR_SIZE.
    private static byte[] SizeZero()
    {
        byte[] bytes = new byte[88];
        bytes[0] = 8;
        return bytes;
    }
}
