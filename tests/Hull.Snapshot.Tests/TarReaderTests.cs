using System.Text;
using Hull.Linux;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Tests;

public sealed class TarReaderTests
{
    [Fact]
    public void MoveNext_OnEverythingTheWriterWrites_ReadsItBack()
    {
        string longPath = string.Join('/', Enumerable.Repeat("directory-with-a-long-name", 12)) + "/file";
        byte[] odd = [.. Enumerable.Repeat((byte)0xFF, 150)];
        MemoryStream stream = new();
        using (TarWriter writer = new(stream, leaveOpen: true))
        {
            writer.WriteHeader(Header(Archive.B(longPath), new FileTime(-2, 500_000_000)) with { Size = 3, Uid = 4_000_000_000 });
            writer.WriteBody("abc"u8);
            writer.WriteHeader(Header(odd, new FileTime(1, 1)) with { Type = TarEntryType.SymbolicLink, LinkTarget = odd });
            writer.WriteHeader(Header("sparse"u8.ToArray(), default) with
            {
                Size = 1L << 40,
                Extents = [new TarExtent(4096, 2), new TarExtent(1L << 39, 1)],
                Attributes = [new("user.a"u8.ToArray(), [0, (byte)'\n', (byte)'='])],
            });
            writer.WriteBody("xyz"u8);
            writer.Finish();
        }

        stream.Position = 0;
        using TarReader reader = new(stream);

        Assert.True(reader.MoveNext());
        Assert.Equal(longPath, reader.Current.DisplayPath);
        Assert.Equal(new FileTime(-2, 500_000_000), reader.Current.Modified);
        Assert.Equal(4_000_000_000, reader.Current.Uid);
        Assert.Equal("abc"u8, reader.ReadBody());
        Assert.True(reader.MoveNext());
        Assert.Equal(odd, reader.Current.Path);
        Assert.Equal(odd, reader.Current.LinkTarget);
        Assert.True(reader.MoveNext());
        Assert.Equal("sparse"u8, reader.Current.Path);
        Assert.Equal(1L << 40, reader.Current.Size);
        Assert.Equal([new TarExtent(4096, 2), new TarExtent(1L << 39, 1)], reader.Current.Extents.ToArray());
        Assert.Equal("user.a"u8, reader.Current.AttributeName(0));
        Assert.Equal([0, (byte)'\n', (byte)'='], reader.Current.AttributeValue(0).ToArray());
        Assert.Equal("xyz"u8, reader.ReadBody());
        Assert.False(reader.MoveNext());
        Assert.False(reader.MoveNext());
    }

    [Fact]
    public void MoveNext_OnEveryTruncation_FailsOrEndsAndNeverHangs()
    {
        byte[] whole = new Archive().File("a", new string('x', 700)).Link("b", new string('y', 300)).ToArray();

        for (int length = 0; length < whole.Length; length++)
        {
            try
            {
                using TarReader reader = new(new MemoryStream(whole, 0, length));
                while (reader.MoveNext())
                {
                }

                Assert.True(length % 512 == 0 || length > whole.Length - 512, $"A cut at {length} went unnoticed.");
            }
            catch (HullException error)
            {
                Assert.Equal(ErrorKind.DataLoss, error.Kind);
            }
        }
    }

    [Theory]
    [InlineData(0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 256L)]
    [InlineData(0xFF, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, -1L)]
    [InlineData(0x80, 0, 0, 0, 0x7F, 255, 255, 255, 255, 255, 255, 255, long.MaxValue)]
    public void TryReadNumber_OfBase256_IsRight(
        int b0, int b1, int b2, int b3, int b4, int b5, int b6, int b7, int b8, int b9, int b10, int b11, long expected)
    {
        byte[] field = [.. new[] { b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, b10, b11 }.Select(b => (byte)b)];

        Assert.True(TarFormat.TryReadNumber(field, out long value));
        Assert.Equal(expected, value);
    }

    [Fact]
    public void TryReadNumber_OfShortBase256_KeepsEveryBit()
    {
        Assert.True(TarFormat.TryReadNumber([0x80, 0, 0, 0, 0xEE, 0x6B, 0x28, 0], out long value));
        Assert.Equal(4_000_000_000, value);
        Assert.True(TarFormat.TryReadNumber([0xFF, 255, 255, 255, 255, 255, 255, 0xFE], out value));
        Assert.Equal(-2, value);
        Assert.False(TarFormat.TryReadNumber([0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], out _));
        Assert.False(TarFormat.TryReadNumber("12x4567\0"u8, out _));
        Assert.False(TarFormat.TryReadNumber("-1      "u8, out _));
    }

    [Theory]
    [InlineData("size=-5")]
    [InlineData("size=9999999999999999999999")]
    [InlineData("uid=4294967295")]
    [InlineData("uid=99999999999")]
    [InlineData("mtime=abc")]
    [InlineData("path=a\0b")]
    [InlineData("SCHILY.xattr.=x")]
    [InlineData("GNU.sparse.major=2")]
    [InlineData("GNU.sparse.map=0,5,3,9")]
    [InlineData("GNU.sparse.map=0")]
    [InlineData("GNU.sparse.map=0,99999999999")]
    public void MoveNext_OnBadRecord_IsDataLoss(string record) => AssertDamaged(WithRecords(Record(record)));

    [Theory]
    [InlineData("5 a=b")]
    [InlineData("999 path=x\n")]
    [InlineData("0 path=x\n")]
    [InlineData("-7 a=b\n")]
    [InlineData("a=b\n")]
    [InlineData("6 abc\n")]
    [InlineData("4 =\n")]
    [InlineData("99999999999999999999 a=b\n")]
    public void MoveNext_OnMalformedRecord_IsDataLoss(string records) => AssertDamaged(WithRecords(records));

    [Fact]
    public void MoveNext_OnHugeExtendedHeader_IsRefusedBeforeItIsRead()
    {
        byte[] header = RawHeader('x', "77777777777");

        HullException error = Assert.Throws<HullException>(() => ReadAll(header));

        Assert.Equal(ErrorKind.ResourceExhausted, error.Kind);
    }

    [Theory]
    [InlineData('L')]
    [InlineData('K')]
    [InlineData('g')]
    public void MoveNext_OnHugeLongName_IsRefused(char flag)
    {
        HullException error = Assert.Throws<HullException>(() => ReadAll(RawHeader(flag, "77777777777")));

        Assert.Equal(ErrorKind.ResourceExhausted, error.Kind);
    }

    [Fact]
    public void MoveNext_OnNegativeBase256Size_IsDataLoss()
    {
        byte[] header = RawHeader('0', "0");
        header.AsSpan(124, 12).Fill(0xFF);
        Seal(header);

        AssertDamaged(header);
    }

    [Fact]
    public void MoveNext_OnUnknownKind_IsUnimplemented()
    {
        HullException error = Assert.Throws<HullException>(() => ReadAll(RawHeader('M', "0")));

        Assert.Equal(ErrorKind.Unimplemented, error.Kind);
    }

    [Fact]
    public void MoveNext_OnWrongChecksum_IsDataLoss()
    {
        byte[] header = RawHeader('0', "0");
        header[0] ^= 1;

        AssertDamaged(header);
    }

    [Fact]
    public void MoveNext_OnMoreHeadersThanAllowed_IsRefused()
    {
        byte[] header = RawHeader('V', "0");
        byte[] many = [.. Enumerable.Repeat(header, 50).SelectMany(h => h)];
        using TarReader reader = new(new MemoryStream(many), new TarLimits { MaxEntries = 40 });

        HullException error = Assert.Throws<HullException>(() => reader.MoveNext());

        Assert.Equal(ErrorKind.ResourceExhausted, error.Kind);
    }

    [Fact]
    public void MoveNext_OnRandomDamage_NeverFailsOtherwise()
    {
        byte[] good = new Archive().File("a", "content", 0x1A4, ("user.x", "y")).Link(new string('p', 200), "t").ToArray();
        Random random = new(1);
        for (int round = 0; round < 5000; round++)
        {
            byte[] bad = [.. good];
            for (int i = 0; i < 4; i++)
            {
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            }

            for (int block = 0; block < bad.Length; block += 512)
            {
                // Repair checksums so that the damage gets past them.
                if (bad[block + 257] == 'u')
                {
                    Seal(bad.AsSpan(block, 512));
                }
            }

            try
            {
                ReadAll(bad);
            }
            catch (HullException)
            {
            }
        }
    }

    internal static void ReadAll(byte[] archive)
    {
        using TarReader reader = new(new MemoryStream(archive));
        while (reader.MoveNext())
        {
            while (!reader.ReadBody().IsEmpty)
            {
            }
        }
    }

    internal static byte[] RawHeader(char flag, string octalSize)
    {
        byte[] header = new byte[512];
        "name"u8.CopyTo(header);
        "0000644\0"u8.CopyTo(header.AsSpan(100));
        "0000000\0"u8.CopyTo(header.AsSpan(108));
        "0000000\0"u8.CopyTo(header.AsSpan(116));
        Encoding.ASCII.GetBytes(octalSize).CopyTo(header.AsSpan(124));
        "ustar\u000000"u8.CopyTo(header.AsSpan(257));
        header[156] = (byte)flag;
        Seal(header);
        return header;
    }

    private static void Seal(Span<byte> header)
    {
        header.Slice(148, 8).Fill((byte)' ');
        int sum = 0;
        foreach (byte b in header)
        {
            sum += b;
        }

        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header.Slice(148, 8));
    }

    private static string Record(string text)
    {
        int length = text.Length + 4;
        length = (text.Length + 2 + length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length);
        return $"{length} {text}\n";
    }

    private static byte[] WithRecords(string records)
    {
        byte[] body = Encoding.Latin1.GetBytes(records);
        byte[] padded = new byte[(body.Length + 511) / 512 * 512];
        body.CopyTo(padded, 0);
        return [.. RawHeader('x', Convert.ToString(body.Length, 8)), .. padded, .. RawHeader('0', "0"), .. new byte[1024]];
    }

    private static void AssertDamaged(byte[] archive)
    {
        HullException error = Assert.Throws<HullException>(() => ReadAll(archive));
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
    }

    private static TarHeader Header(byte[] path, FileTime time) =>
        new() { Path = path, Type = TarEntryType.File, Mode = 0x1A4, Modified = time };
}
