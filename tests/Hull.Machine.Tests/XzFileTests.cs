using System.Diagnostics;
using Hull.Machine.Boot.Xz;

namespace Hull.Machine.Tests;

public sealed class XzFileTests
{
    private const int MaxBytes = 1 << 22;
    private const string Packer = "/usr/bin/xz";

    // What xz --check=crc32 makes of the text below.
    private static readonly byte[] s_hello = Convert.FromBase64String("/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4AAdAAxdACQdSZggsGEApQAAAAAad8OoAAEkHu5pYSuQQpkNAQAAAAABWVo=");

    [Fact]
    public void Unpack_OfKnownFile_GivesItsBytes()
    {
        byte[]? actual = XzFile.TryUnpack(s_hello, MaxBytes);

        Assert.Equal("Hull Hull Hull Hull Hull Hull\n"u8.ToArray(), actual);
    }

    [Theory]
    [InlineData("--check=crc32")]
    [InlineData("--check=crc64")]
    [InlineData("--check=none")]
    [InlineData("--lzma2=preset=9,lc=0,lp=4,pb=4")]
    [InlineData("--lzma2=preset=6,lc=4,lp=0,pb=0")]
    [InlineData("--lzma2=preset=0,dict=4KiB")]
    [InlineData("--block-size=5000")]
    public void Unpack_OfWhatXzPacked_GivesItBack(string option)
    {
        Assert.SkipUnless(File.Exists(Packer), "Needs xz (xz-utils).");
        foreach (byte[] plain in (byte[][])[[], [7], new byte[300_000], Mixed(200_000), Noise(150_000)])
        {
            byte[]? actual = XzFile.TryUnpack(Pack(plain, option), MaxBytes);

            Assert.Equal(plain, actual);
        }
    }

    [Fact]
    public void Unpack_BeyondTheLimit_IsRefused()
    {
        byte[] plain = "Hull Hull Hull Hull Hull Hull\n"u8.ToArray();

        Assert.Equal(plain, XzFile.TryUnpack(s_hello, plain.Length));
        Assert.Null(XzFile.TryUnpack(s_hello, plain.Length - 1));
    }

    [Fact]
    public void Unpack_OfEveryTruncationAndFlip_IsRefusedOrRight()
    {
        byte[] plain = "Hull Hull Hull Hull Hull Hull\n"u8.ToArray();
        for (int length = 0; length < s_hello.Length; length++)
        {
            Check(XzFile.TryUnpack(s_hello.AsSpan(0, length), MaxBytes));
        }

        for (int bit = 0; bit < s_hello.Length * 8; bit++)
        {
            byte[] damaged = [.. s_hello];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Check(XzFile.TryUnpack(damaged, MaxBytes));
        }

        void Check(byte[]? actual) => Assert.True(actual is null || actual.AsSpan().SequenceEqual(plain));
    }

    [Fact]
    public void Unpack_OfRandomChunks_EndsWithoutFailure()
    {
        Random random = new(11);
        for (int round = 0; round < 1_000; round++)
        {
            byte[] damaged = [.. s_hello];
            for (int changes = random.Next(1, 6); changes > 0; changes--)
            {
                damaged[random.Next(24, damaged.Length)] = (byte)random.Next(256);
            }

            _ = XzFile.TryUnpack(damaged, MaxBytes);
        }
    }

    private static byte[] Mixed(int length)
    {
        Random random = new(7);
        byte[] bytes = new byte[length];
        for (int at = 0; at < length;)
        {
            int run = Math.Min(random.Next(1, 400), length - at);
            if (at > 0 && random.Next(3) > 0)
            {
                int distance = random.Next(1, at + 1);
                for (int i = 0; i < run; i++)
                {
                    bytes[at + i] = bytes[at + i - distance];
                }
            }
            else
            {
                random.NextBytes(bytes.AsSpan(at, run));
            }

            at += run;
        }

        return bytes;
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Pack(byte[] plain, string option)
    {
        ProcessStartInfo start = new(Packer, ["-z", "-c", "-T1", option]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        Task write = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(plain);
            process.StandardInput.Close();
        });
        using MemoryStream output = new();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        write.GetAwaiter().GetResult();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
