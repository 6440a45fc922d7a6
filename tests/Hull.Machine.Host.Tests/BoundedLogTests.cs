using System.Text;
using Hull.Linux;

namespace Hull.Machine.Host.Tests;

public sealed class BoundedLogTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(10)]
    [InlineData(1000)]
    [InlineData(BoundedLog.KeptBytes)]
    [InlineData(3 * BoundedLog.MaxBytes)]
    public void Write_OfMoreThanFits_KeepsTheEnd(int atOnce)
    {
        StringBuilder all = new();
        for (int i = 0; all.Length < 3 * BoundedLog.MaxBytes; i++)
        {
            all.Append(i).Append(" of many lines\n");
        }

        byte[] bytes = Encoding.ASCII.GetBytes(all.ToString());
        using (BoundedLog log = new(HostFile.Open(_path, HostFile.WriteOnly | HostFile.Append)))
        {
            for (int done = 0; done < bytes.Length; done += atOnce)
            {
                log.Write(bytes.AsSpan(done, Math.Min(atOnce, bytes.Length - done)));
                Assert.True(new FileInfo(_path).Length <= BoundedLog.MaxBytes);
            }
        }

        byte[] kept = File.ReadAllBytes(_path);
        Assert.True(kept.Length >= BoundedLog.KeptBytes);
        Assert.Equal(bytes[^kept.Length..], kept);
    }

    [Fact]
    public void Write_OfLittle_KeepsAll()
    {
        using (BoundedLog log = new(HostFile.Open(_path, HostFile.WriteOnly | HostFile.Append)))
        {
            log.Write("one\n"u8);
            log.Write("two\n"u8);
        }

        Assert.Equal("one\ntwo\n", File.ReadAllText(_path));
    }
}
