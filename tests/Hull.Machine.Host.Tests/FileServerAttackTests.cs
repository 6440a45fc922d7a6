using Hull.Linux;
using Hull.Machine.Host.Sharing;

namespace Hull.Machine.Host.Tests;

/// <summary>Requests that no guest's kernel sends, each the shape of an attack; and much of what a kernel does, with few descriptors.</summary>
public sealed class FileServerAttackTests : IDisposable
{
    private const uint Forget = 2;
    private const uint GetAttributes = 3;
    private const uint MakeNode = 8;
    private const uint SyncFs = 50;
    private const uint SizeByHandle = 8 | 64;
    private const uint Directories = 0x1ED;
    private const int FewDescriptors = 4;
    private const int Depth = 12;
    private const int MaxNodes = 60;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-attack-").FullName;
    private readonly FileServer _server;
    private readonly FuseGuest _guest;
    private readonly ulong _inside;
    private readonly ulong _shown;

    public FileServerAttackTests()
    {
        Directory.CreateDirectory(_directory + "/inside");
        Directory.CreateDirectory(_directory + "/shown");
        File.WriteAllText(_directory + "/inside/a", "content");
        File.WriteAllText(_directory + "/shown/file", "shown");
        _server = new FileServer(
            [
                new SharedTree("root", HostFile.Open(_directory + "/inside", HostFile.PathOnly)),
                new SharedTree("ro", HostFile.Open(_directory + "/shown", HostFile.PathOnly)) { ReadOnly = true },
            ],
            FewDescriptors,
            MaxNodes);
        _guest = new FuseGuest(_server);
        _inside = _guest.Find(FuseGuest.Root, "root");
        _shown = _guest.Find(FuseGuest.Root, "ro");
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    // A size goes by the path of the descriptor that is named: that of a file in a tree that is only shown must not do.
    [Fact]
    public void Handle_OfFileThatIsOnlyShown_ChangesNoSizeByAnotherNode()
    {
        Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Open, _guest.Find(_shown, "file"), 0u, 0u));
        byte[] attributes = new byte[88];
        BitConverter.GetBytes(SizeByHandle).CopyTo(attributes, 0);
        BitConverter.GetBytes(_guest.FirstNumber).CopyTo(attributes, 8);

        Errno error = _guest.Ask(FuseGuest.SetAttributes, _guest.Find(_inside, "a"), attributes);

        Assert.Equal("shown", File.ReadAllText(_directory + "/shown/file"));
        Assert.Equal("content", File.ReadAllText(_directory + "/inside/a"));
        Assert.Equal(Errno.BadF, error);
    }

    // Finding the second directory again puts descriptors away: not the first one's.
    [Fact]
    public void Rename_BetweenDirectoriesThatWerePutAway_UsesBoth()
    {
        ulong[] first = Nest("one");
        ulong[] second = Nest("two");
        Assert.Equal(Errno.None, _guest.Ask(MakeNode, first[^1], 0x81A4u, 0u, 0u, 0u, "f"));
        ulong file = _guest.FirstNumber;
        for (int round = 0; round < 3; round++)
        {
            PutAway();
            Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Rename, first[^1], second[^1], "f", "f"));
            PutAway();
            Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Link, second[^2], file, "g"));
            PutAway();
            Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Rename, second[^1], first[^1], "f", "f"));
            PutAway();
            Assert.Equal(Errno.None, _guest.Ask(FuseGuest.Unlink, second[^2], "g"));
        }

        Assert.True(File.Exists(Path.Combine([_directory, "inside", .. Enumerable.Repeat("one", Depth), "f"])));
    }

    // Who is told that it failed knows of no node, and would never forget it.
    [Fact]
    public void Create_OfWhatCannotBeOpened_RemembersNothing()
    {
        Assert.Equal(Errno.None, _guest.Ask(MakeNode, _inside, 0x11B6u, 0u, 0u, 0u, "pipe"));
        ulong node = _guest.FirstNumber;
        Assert.Equal(Errno.Nxio, _guest.Ask(FuseGuest.Create, _inside, 2u, 0x1B6u, 0u, 0u, "pipe"));

        _guest.Ask(Forget, node, 1ul);

        Assert.Equal(Errno.NoEnt, _guest.Ask(GetAttributes, node, 0u, 0u, 0ul));
    }

    // Another guest of the same volume removes a file and makes a pipe, which gets its number: opening that would wait for ever.
    [Fact]
    public void Number_ThatWasGivenToAPipeMeanwhile_IsAnotherNode()
    {
        Assert.Equal(Errno.None, _guest.Ask(MakeNode, _inside, 0x11B6u, 0u, 0u, 0u, "pipe"));
        using FileDescriptor parent = HostFile.Open(_directory + "/inside", HostFile.PathOnly);
        FileDescriptor pipe = NodeFile.TryName(parent, "pipe\0"u8, out _)!;
        NodeFile.Status(pipe, out NodeStatus now);
        NodeStatus before = now with { Mode = NodeStatus.Regular | 0x1B6 };
        SharedTree tree = new("t", parent);
        NodeTable nodes = new();
        NodeFile.Status(parent, out NodeStatus status);
        SharedNode root = nodes.AddRoot(tree, in status);
        SharedNode file = nodes.Add(root, "pipe\0"u8, pipe, in before)!;

        Assert.Null(nodes.Find(tree, in now));
        file.Descriptor = null;
        Assert.Null(nodes.Open(file, out Errno error));
        Assert.NotEqual(Errno.None, error);
        pipe.Dispose();
    }

    // A guest that looks at everything and forgets nothing.
    [Fact]
    public void Nodes_AreNoMoreThanMayBe()
    {
        const Errno TooMany = (Errno)23;
        for (int i = 0; i < MaxNodes; i++)
        {
            File.WriteAllText($"{_directory}/inside/f{i}", "");
        }

        // The two trees are nodes, too.
        for (int i = 0; i < MaxNodes - 2; i++)
        {
            _ = _guest.Find(_inside, $"f{i}");
        }

        Assert.Equal(TooMany, _guest.Ask(FuseGuest.Lookup, _inside, $"f{MaxNodes - 1}"));
        Assert.Equal(TooMany, _guest.Ask(FuseGuest.MakeDirectory, _inside, Directories, 0u, "new"));
        ulong first = _guest.Find(_inside, "f0");
        _guest.Ask(Forget, first, 2ul);
        _ = _guest.Find(_inside, $"f{MaxNodes - 1}");
    }

    // The cgroup of the server is as large as this needs (MachineJail): 256 bytes a node and the room to grow.
    [Fact]
    public void Node_CostsLittle()
    {
        const int Count = 100_000;
        using FileDescriptor parent = HostFile.Open(_directory, HostFile.PathOnly);
        NodeTable nodes = new();
        NodeFile.Status(parent, out NodeStatus status);
        SharedNode root = nodes.AddRoot(new SharedTree("t", parent), in status);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (ulong i = 0; i < Count; i++)
        {
            NodeStatus own = status with { Inode = 1_000_000_000 + i };
            SharedNode node = nodes.Add(root, "a name of the usual length.txt\0"u8, parent, in own)!;
            node.Descriptor = null;
        }

        // What growing tables leave behind is counted here, too.
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Count, 1, 512);
    }

    [Fact]
    public void Sync_OfEverything_Succeeds()
    {
        Assert.Equal(Errno.None, _guest.Ask(SyncFs, FuseGuest.Root, 0ul));
        Assert.Equal(Errno.None, _guest.Ask(SyncFs, _inside, 0ul));
        Assert.Equal(Errno.None, _guest.Ask(SyncFs, _shown, 0ul));
    }

    private ulong[] Nest(string name)
    {
        List<ulong> nodes = [_inside];
        for (int i = 0; i < Depth; i++)
        {
            Assert.Equal(Errno.None, _guest.Ask(FuseGuest.MakeDirectory, nodes[^1], Directories, 0u, name));
            nodes.Add(_guest.FirstNumber);
        }

        return [.. nodes];
    }

    // Looks at so many others that nothing else keeps its descriptor.
    private void PutAway()
    {
        for (int i = 0; i < 4 * FewDescriptors; i++)
        {
            Directory.CreateDirectory($"{_directory}/inside/other{i}");
            _ = _guest.Find(_inside, $"other{i}");
        }
    }
}
