using System.Text;
using System.Text.Json;
using Hull.Engine.Logs;
using Hull.Supervision;

namespace Hull.Engine.Tests;

public sealed class SupervisionTests
{
    private static readonly DateTimeOffset s_time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Log_OfWholeLine_IsDockersObject()
    {
        JsonLogEncoder log = new();

        log.Append(error: false, "hi \"you\"\n"u8, s_time);

        Assert.Equal(
            "{\"log\":\"hi \\\"you\\\"\\n\",\"stream\":\"stdout\",\"time\":\"2026-01-02T03:04:05.000000000Z\"}\n",
            Encoding.UTF8.GetString(log.Encoded));
    }

    [Fact]
    public void Log_OfHalfLines_WaitsForTheirEndPerStream()
    {
        JsonLogEncoder log = new();

        log.Append(error: false, "out"u8, s_time);
        log.Append(error: true, "err\n"u8, s_time);
        log.Append(error: false, "put\n"u8, s_time);

        Assert.Equal(["err\n", "output\n"], Texts(log));
    }

    [Fact]
    public void Log_OfAnyBytes_IsValidJson()
    {
        JsonLogEncoder log = new();
        byte[] bytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i), (byte)'\n'];

        log.Append(error: false, bytes, s_time);
        log.Finish(s_time);

        Assert.All(Texts(log), text => Assert.NotEmpty(text));
    }

    [Fact]
    public void Log_OfEndlessLine_IsCutAtTheLimit()
    {
        JsonLogEncoder log = new();

        log.Append(error: false, new byte[(JsonLogEncoder.MaxLineBytes * 2) + 5].Select(_ => (byte)'x').ToArray(), s_time);
        log.Finish(s_time);

        Assert.Equal([JsonLogEncoder.MaxLineBytes, JsonLogEncoder.MaxLineBytes, 5], Texts(log).Select(text => text.Length));
    }

    [Fact]
    public void LogFile_AtItsSize_RotatesAndKeepsAsManyAsAsked()
    {
        string directory = Directory.CreateTempSubdirectory("hull-log-").FullName;
        string path = Path.Combine(directory, "log");
        using (LogFile log = new(new LogOrders { Path = path, MaxBytes = 300, MaxFiles = 3 }, TimeProvider.System))
        {
            for (int i = 0; i < 40; i++)
            {
                log.Append(error: false, Encoding.UTF8.GetBytes($"line {i}\n"));
            }
        }

        string[] files = [.. Directory.GetFiles(directory).Select(name => Path.GetFileName(name)!).Order(StringComparer.Ordinal)];
        Assert.Equal(["log", "log.1", "log.2"], files);
        Assert.All(Directory.GetFiles(directory), file => Assert.True(new FileInfo(file).Length <= 300));
        Assert.Contains("line 39", File.ReadAllText(path), StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void LogReader_FollowsAllRotationsThatCameBetweenTwoLooks()
    {
        string directory = Directory.CreateTempSubdirectory("hull-log-").FullName;
        string path = Path.Combine(directory, "log");
        List<string> seen = [];
        using (LogFile log = new(new LogOrders { Path = path, MaxBytes = 300, MaxFiles = 20 }, TimeProvider.System))
        using (LogReader reader = new(path))
        {
            for (int i = 0; i < 60; i++)
            {
                log.Append(error: false, Encoding.UTF8.GetBytes($"line {i}\n"));
                if (i is 0 or 1 or 30)
                {
                    seen.AddRange(reader.ReadNew().Select(entry => entry.Text));
                }
            }

            seen.AddRange(reader.ReadNew().Select(entry => entry.Text));
            seen.AddRange(reader.ReadNew().Select(entry => entry.Text));
        }

        Assert.Equal(Enumerable.Range(0, 60).Select(i => $"line {i}\n"), seen);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void Backoff_DoublesUpToAMinuteAndBeginsAnewAfterAGoodRun()
    {
        RestartBackoff backoff = new();
        RestartOrders always = new() { Kind = RestartKind.Always };
        double[] waits = [.. Enumerable.Range(0, 12).Select(_ => backoff.Next(always, 1, TimeSpan.Zero, false)!.Value.TotalMilliseconds)];

        double afterGoodRun = backoff.Next(always, 1, TimeSpan.FromSeconds(11), false)!.Value.TotalMilliseconds;

        Assert.Equal([100, 200, 400, 800, 1600], waits.Take(5));
        Assert.Equal(60_000, waits[^1]);
        Assert.Equal(100, afterGoodRun);
    }

    [Fact]
    public void Backoff_OnFailure_EndsAfterItsRetriesAndAtSuccess()
    {
        RestartOrders twice = new() { Kind = RestartKind.OnFailure, MaximumRetries = 2 };
        RestartBackoff backoff = new();

        Assert.NotNull(backoff.Next(twice, 1, TimeSpan.Zero, false));
        Assert.NotNull(backoff.Next(twice, 1, TimeSpan.FromMinutes(1), false));
        Assert.Null(backoff.Next(twice, 1, TimeSpan.Zero, false));
        Assert.Null(new RestartBackoff().Next(twice, 0, TimeSpan.Zero, false));
    }

    [Fact]
    public void Backoff_AfterTheUsersStop_NeverRestarts() =>
        Assert.Null(new RestartBackoff().Next(new RestartOrders { Kind = RestartKind.Always }, 137, TimeSpan.Zero, stoppedByUser: true));

    [Fact]
    public void Frame_WrittenAndRead_IsTheSame()
    {
        byte[] frame = Frame.Create(FrameKind.Stop, 10, 15);

        Assert.Equal(FrameResult.Complete, Frame.TryRead(frame, out FrameKind kind, out int length));
        Assert.Equal((FrameKind.Stop, 8), (kind, length));
        Assert.Equal(FrameResult.Incomplete, Frame.TryRead(frame.AsSpan(0, frame.Length - 1), out _, out _));
    }

    [Theory]
    [InlineData(new byte[] { 3, 0, 0, 0, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 3, 0, 0, 0, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 3, 1, 0, 0, 0, 0, 0, 0 })]
    public void Frame_WithImpossibleHeader_IsBroken(byte[] bytes) =>
        Assert.Equal(FrameResult.Broken, Frame.TryRead(bytes, out _, out _));

    [Fact]
    public void ProcessIdentity_OfThisProcess_IsKnownAndOfNoProcessIsNot()
    {
        Assert.True(ProcessIdentity.StartOf(Environment.ProcessId) > 0);
        Assert.Equal(-1, ProcessIdentity.StartOf(int.MaxValue));
    }

    private static List<string> Texts(JsonLogEncoder log) =>
    [
        .. Encoding.UTF8.GetString(log.Encoded).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("log").GetString()!),
    ];
}
