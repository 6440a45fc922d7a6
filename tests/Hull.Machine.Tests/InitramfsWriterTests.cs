using System.Text;
using Hull.Machine.Boot;

namespace Hull.Machine.Tests;

public sealed class InitramfsWriterTests
{
    [Fact]
    public void Finish_AfterEntries_GivesAlignedNewcRecords()
    {
        using MemoryStream stream = new();
        using InitramfsWriter writer = new(stream);
        writer.AddDirectory("/dev");
        writer.AddFile("/init", "#!"u8, 0x1ED);
        writer.AddLink("/sbin", "bin");
        writer.AddCharacterDevice("/dev/console", 5, 1);
        writer.Finish();

        string text = Encoding.ASCII.GetString(stream.ToArray());

        Assert.StartsWith("07070100000001000041ED", text, StringComparison.Ordinal);
        Assert.Equal(5, text.Split("070701").Length - 1);
        Assert.Contains("\0\0#!\0\0070701", text, StringComparison.Ordinal);
        Assert.Contains("00000005000000010000000C00000000dev/console\0", text, StringComparison.Ordinal);
        Assert.EndsWith("TRAILER!!!\0\0\0\0", text, StringComparison.Ordinal);
        Assert.Equal(0, stream.Length % 4);
    }
}
