using Hull.Snapshot.Compression;
using Hull.Snapshot.Layers;
using Hull.Snapshot.Packing;

namespace Hull.Snapshot.Tests;

/// <summary>The same tree, packed by other programs, must come out as it went in; and as other programs unpack it.</summary>
public sealed class DifferentialTests : IDisposable
{
    // Long names, every kind of file, attributes, holes, times before 1970 and after 2038, odd bytes in names.
    private const string MakeTree = """
        mkdir -p plain/deep "$(printf 'very-long-%.0s' {1..20})/$(printf 'name-%.0s' {1..30})"
        echo hello > plain/deep/file; echo x > "$(printf 'very-long-%.0s' {1..20})/$(printf 'name-%.0s' {1..30})/file"
        ln plain/deep/file plain/hard; ln -s deep/file plain/soft; ln -s "$(printf 'target-%.0s' {1..30})" plain/longlink
        printf y > "$(printf 'odd-\377\376-bytes')"; printf z > $'new\nline'; : > empty
        truncate -s 3M holes; printf data | dd of=holes bs=1 seek=1500000 conv=notrunc status=none; truncate -s 9M hole-only
        python3 -c "
        f=open('many','wb')
        for i in range(60): f.seek(i*131072); f.write(b'block%d'%i)
        f.truncate(9000000)"
        head -c 3000000 /dev/urandom > big
        chmod 4755 plain/deep/file; chmod 1777 plain; chmod 0 empty
        setfattr -n user.note -v "$(printf 'a\nb=c')" big; setfattr -n user.empty plain
        touch -d '1969-12-31 23:59:58.25' empty; touch -d '2100-01-01 00:00:00.123456789' big; touch -hd '2001-02-03' plain/soft
        if [ "$(id -u)" = 0 ]; then
          mknod char c 4 300; mknod block b 8 1; mkfifo fifo; chown 3000000000:65534 big; chown -h 7:8 plain/soft
          setfattr -n security.capability -v 0sAQAAAgAgAAAAAAAAAAAAAAAAAAA= plain/deep/file
        fi
        touch -d '2020-05-06 07:08:09.5' plain plain/deep
        """;

    private readonly TempDirectory _temp = new();
    private readonly string _tree;

    public DifferentialTests()
    {
        _tree = _temp.Make("tree");
        Tool.RequireRoot();
        Tool.Require("tar", "setfattr", "python3");
        Tool.Shell(_tree, MakeTree);
    }

    public void Dispose() => _temp.Dispose();

    [Theory]
    [InlineData("--format=gnu", false)]
    [InlineData("--format=gnu --sparse", false)]
    [InlineData("--format=posix --xattrs --xattrs-include=*", true)]
    [InlineData("--format=posix --xattrs --xattrs-include=* --sparse --sparse-version=1.0", true)]
    [InlineData("--format=posix --xattrs --xattrs-include=* --sparse --sparse-version=0.1", true)]
    [InlineData("--format=posix --xattrs --xattrs-include=* --sparse --sparse-version=0.0", true)]
    public async Task Unpack_OfWhatGnuTarPacked_GivesTheTreeGnuTarGives(string options, bool precise)
    {
        Tool.Shell(_tree, $"set -f; tar --numeric-owner {options} -cf ../packed.tar .");
        string expected = _temp.Make("expected");
        Tool.Shell(expected, "tar --numeric-owner --xattrs --xattrs-include='*' -xpf ../packed.tar");

        string actual = await UnpackAsync("packed.tar");

        Assert.Equal(TreeListing.Of(expected), TreeListing.Of(actual));
        if (precise)
        {
            Assert.Equal(TreeListing.Of(_tree), TreeListing.Of(actual));
        }
    }

    [Fact]
    public async Task Unpack_OfSparseFiles_KeepsTheirHoles()
    {
        Tool.Shell(_tree, "tar --format=posix --sparse -cf ../packed.tar holes hole-only many");

        string actual = await UnpackAsync("packed.tar");

        using Linux.FileDescriptor root = Linux.FileTree.OpenRoot(actual);
        foreach (string name in (string[])["holes", "hole-only", "many"])
        {
            Linux.FileTree.Status(root, Archive.B(name), out Linux.FileStatus status);
            Assert.True(status.AllocatedBytes < status.Size / 4, $"{name} occupies {status.AllocatedBytes} bytes.");
        }
    }

    [Theory]
    [InlineData("pax")]
    [InlineData("gnutar")]
    public async Task Unpack_OfWhatBsdtarPacked_GivesTheSameContent(string format)
    {
        Tool.Require("bsdtar");
        // libarchive writes parts of seconds before 1970 towards the future, against POSIX.
        Tool.Shell(_tree, "touch -d '1969-12-31 23:59:58' empty");
        Tool.Run(_tree, "bsdtar", "--format", format, "--numeric-owner", "-cf", _temp["packed.tar"], ".");

        string actual = await UnpackAsync("packed.tar");

        // gnutar keeps neither attributes nor parts of seconds.
        if (format == "pax")
        {
            Assert.Equal(TreeListing.Of(_tree), TreeListing.Of(actual));
        }
        else
        {
            Tool.Run(_temp.Path, "diff", "-r", "--no-dereference", "-x", "char", "-x", "block", "-x", "fifo", _tree, actual);
        }
    }

    [Theory]
    [InlineData("PAX_FORMAT")]
    [InlineData("GNU_FORMAT")]
    public async Task Unpack_OfWhatPythonPacked_GivesTheSameContent(string format)
    {
        Tool.Run(_tree, "python3", "-c", $"import tarfile; t=tarfile.open('../packed.tar','w',format=tarfile.{format}); t.add('.'); t.close()");

        string actual = await UnpackAsync("packed.tar");

        Tool.Run(_temp.Path, "diff", "-r", "--no-dereference", "-x", "char", "-x", "block", "-x", "fifo", _tree, actual);
    }

    [Fact]
    public async Task Unpack_OfWhatHullPacked_GivesTheTree()
    {
        using (Linux.FileDescriptor root = Linux.FileTree.OpenRoot(_tree))
        using (FileStream file = File.Create(_temp["packed.tar"]))
        {
            Snapshots.Export(root, file);
        }

        string expected = _temp.Make("expected");
        Tool.Shell(expected, "tar --numeric-owner --xattrs --xattrs-include='*' -xpf ../packed.tar");

        Assert.Equal(TreeListing.Of(_tree), TreeListing.Of(await UnpackAsync("packed.tar")));
        Assert.Equal(TreeListing.Of(_tree), TreeListing.Of(expected));
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    public async Task Unpack_OfLayersUmociUnpacks_GivesTheSameTree(CompressionKind kind)
    {
        Tool.Require("umoci", "skopeo");
        Assert.SkipWhen(kind == CompressionKind.Zstd, "The umoci of Debian 12 reads no zstd.");
        // Go's reader takes an empty attribute for none.
        Tool.Shell(_tree, "setfattr -x user.empty plain; touch -d 2020-01-01 plain; tar --numeric-owner --format=posix --xattrs --xattrs-include='*' -cf ../packed.tar .");
        Image.ImageStore images = new(new Image.ContentStore(_temp["store"]));
        TestImages.Make(images, "x:1", kind, File.ReadAllBytes(_temp["packed.tar"]));
        using (FileStream file = File.Create(_temp["saved.tar"]))
        {
            Archiving.ImageSaver.Save(images, ["x:1"], file, TestContext.Current.CancellationToken);
        }

        Tool.Run(_temp.Path, "skopeo", "--insecure-policy", "copy", "-q", "oci-archive:saved.tar", "oci:layout:x");
        Tool.Run(_temp.Path, "umoci", "unpack", "--image", "layout:x", "bundle");

        Assert.Equal(TreeListing.Of(_temp["bundle/rootfs"]), TreeListing.Of(await UnpackAsync("packed.tar")));
    }

    [Fact]
    public async Task Unpack_OfConcatenatedMembersAndFrames_ReadsThemAll()
    {
        using Archive archive = new Archive().File("a", new string('x', 100_000)).File("b", "y");
        byte[] tar = archive.ToArray();
        foreach (CompressionKind kind in (CompressionKind[])[CompressionKind.Gzip, CompressionKind.Zstd])
        {
            byte[] packed = [.. Pack(kind, tar[..1000]), .. Pack(kind, tar[1000..])];
            string directory = _temp.Make($"out-{kind}");

            UnpackResult result = await LayerUnpacker.UnpackAsync(
                new MemoryStream(packed), directory, Archive.Options with { DiffId = Digest.OfSha256(tar) }, TestContext.Current.CancellationToken);

            Assert.Equal(2, result.Entries);
        }
    }

    [Fact]
    public async Task Unpack_OfZstdWithFramesToSkip_ReadsAroundThem()
    {
        // As "zstd:chunked" has it: a frame a file, then tables for other readers in frames to skip. Source: RFC 8878, 3.1.2.
        using Archive archive = new Archive().File("a", new string('x', 100_000)).File("b", "y");
        byte[] tar = archive.ToArray();
        byte[] table = [0x50, 0x2A, 0x4D, 0x18, 5, 0, 0, 0, 1, 2, 3, 4, 5];
        byte[] packed = [.. table, .. Pack(CompressionKind.Zstd, tar[..700]), .. table, .. Pack(CompressionKind.Zstd, tar[700..]), .. table, .. table];

        UnpackResult result = await LayerUnpacker.UnpackAsync(
            new MemoryStream(packed), _temp.Make("out"), Archive.Options with { DiffId = Digest.OfSha256(tar) }, TestContext.Current.CancellationToken);

        Assert.Equal(2, result.Entries);
    }

    [Theory]
    [InlineData(CompressionKind.Gzip)]
    [InlineData(CompressionKind.Zstd)]
    [InlineData(CompressionKind.None)]
    public async Task Unpack_OfEveryCutStream_IsRefused(CompressionKind kind)
    {
        using Archive archive = new Archive().File("a", new string('x', 5000)).File("b", "y");
        byte[] tar = archive.ToArray();
        byte[] packed = Pack(kind, tar);
        // Of gzip's last eight bytes, sum and length of what the diff id proves anyway, the framework misses a cut.
        int end = packed.Length - (kind == CompressionKind.Gzip ? 8 : 0);
        for (int length = 1; length < end; length += Math.Max(1, packed.Length / 40))
        {
            string directory = _temp.Make($"cut-{length}");

            HullException error = await Assert.ThrowsAsync<HullException>(() => LayerUnpacker.UnpackAsync(
                new MemoryStream(packed, 0, length), directory, Archive.Options with { DiffId = Digest.OfSha256(tar) }, TestContext.Current.CancellationToken));

            Assert.Equal(ErrorKind.DataLoss, error.Kind);
        }
    }

    [Theory]
    [InlineData("xz")]
    [InlineData("bzip2")]
    public void Open_OfOtherCompression_SaysSo(string program)
    {
        Tool.Require(program);
        Tool.Shell(_temp.Path, $"echo hello | {program} > packed");

        HullException error = Assert.Throws<HullException>(() => Decompression.Open(File.OpenRead(_temp["packed"]), out _));

        Assert.Contains(program, error.Message, StringComparison.Ordinal);
    }

    private static byte[] Pack(CompressionKind kind, byte[] content)
    {
        MemoryStream packed = new();
        using (Stream compressor = LayerPacker.Compressor(packed, kind))
        {
            compressor.Write(content);
        }

        return packed.ToArray();
    }

    private async Task<string> UnpackAsync(string archive)
    {
        string target = _temp.Make("actual");
        using FileStream stream = File.OpenRead(_temp[archive]);
        await LayerUnpacker.UnpackAsync(stream, target, Archive.Options, TestContext.Current.CancellationToken);
        return target;
    }
}
