using System.Text;

namespace Hull.Linux.Tests;

/// <summary>Files by descriptor and name, in places that somebody hostile shares.</summary>
public sealed class FileTreeTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hull-tree-");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void SetMode_OfALinkPutInTheNamesPlace_ChangesNothing()
    {
        string outside = _directory.FullName + "/outside";
        Directory.CreateDirectory(_directory.FullName + "/shared");
        File.WriteAllText(outside, "");
        File.SetUnixFileMode(outside, UnixFileMode.UserRead);
        File.CreateSymbolicLink(_directory.FullName + "/shared/name", outside);
        using FileDescriptor shared = FileTree.OpenRoot(_directory.FullName + "/shared");

        Errno error = FileTree.SetMode(shared, "name"u8, 0xfff);

        Assert.Equal(Errno.Loop, error);
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(outside));
    }

    [Fact]
    public void SetMode_OfAPipe_SetsIt()
    {
        using FileDescriptor directory = FileTree.OpenRoot(_directory.FullName);
        Assert.Equal(Errno.None, FileTree.MakeNode(directory, "pipe"u8, FileStatus.Fifo | 0x180, 0, 0));

        Assert.Equal(Errno.None, FileTree.SetMode(directory, "pipe"u8, 0x1b6));

        Assert.Equal(Errno.None, FileTree.Status(directory, "pipe"u8, out FileStatus status));
        Assert.Equal(0x1b6u, status.Permissions);
    }

    [Fact]
    public void OpenFile_OfAPipe_DoesNotTouchIt()
    {
        using FileDescriptor directory = FileTree.OpenRoot(_directory.FullName);
        Assert.Equal(Errno.None, FileTree.MakeNode(directory, "pipe"u8, FileStatus.Fifo | 0x180, 0, 0));
        File.CreateSymbolicLink(_directory.FullName + "/link", "pipe");

        Assert.Equal(Errno.Inval, FileTree.OpenFile(directory, "link"u8, out FileDescriptor? file));

        Assert.Null(file);
        Assert.Null(HostFile.TryOpenInRoot(_directory.FullName, "link"));
    }

    [Fact]
    public void OpenFile_BehindALink_StaysInTheRootAndReads()
    {
        Directory.CreateDirectory(_directory.FullName + "/etc");
        File.WriteAllText(_directory.FullName + "/etc/passwd", "inside");
        File.CreateSymbolicLink(_directory.FullName + "/link", "/../../etc/passwd");
        using FileDescriptor directory = FileTree.OpenRoot(_directory.FullName);

        Assert.Equal(Errno.None, FileTree.OpenFile(directory, "link"u8, out FileDescriptor? file));

        using (file)
        {
            Assert.Equal("inside", Encoding.UTF8.GetString(HostFile.ReadAll(file!, "link")));
        }
    }
}
