using System.Text;
using Hull.Cli;
using Hull.Cli.Commands;
using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Image;
using Hull.Machine.Host.Disks;
using Hull.Machine.Host.Network;
using Hull.Oci.Image;
using Hull.Runtime.Container.Spawn;
using Hull.Snapshot.Files;

namespace Hull.Fuzz.Targets;

/// <summary>The small languages behind options: mounts, limits, times, filters, devices, disks, cards, changes, detach keys.</summary>
/// <remarks>Every reader gets every input.</remarks>
internal sealed class OptionTarget : IFuzzTarget
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly Action<string>[] s_readers =
    [
        text => OptionText.ParseCpus(text),
        text => OptionText.ParseDurationMs(text),
        text => OptionText.ParseSeconds(text),
        text => OptionText.ParseUlimit(text),
        text => OptionText.ParseRestart(text),
        text => OptionText.ParsePorts(text).Count(),
        text => MountOption.ParseVolume(text),
        text => MountOption.ParseMount(text),
        text => MountOption.ParseTmpfs(text),
        text => DeviceOption.ParseRule(text),
        text => FilePath.OfContainer(text).Names.Count(name => name is "." or ".." or "" ? throw new InvalidOperationException("A path has a step that is none.") : true),
        text => ContainerFilter.Parse(text.Split(' ')),
        text => VolumeFilter.Parse(text.Split(' '), forPrune: false),
        text => Pairs.Read(text.Split(' ')),
        text => ImageChange.Apply(new ContainerConfig(), text),
        text => LogsCommand.ReadMoment(text, s_now),
        text => TimeText.TryParse(text, s_now, out _),
        text => new ReferencePattern(text).Matches(ImageReference.Parse("host:5000/a/b:c")),
        text => Platform.TryParse(text, out _),
        text => DiskOptions.Parse(text),
        text => CardOptions.Parse(text),
        text => MountOptions.Parse("bind", text.Split(',')),
        text => new DetachKeys(text).Filter(Encoding.UTF8.GetBytes(text), out _),
    ];

    public string Name => "options";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. new[]
        {
            "0.25", "1m30s", "-1", "nofile=1024:2048", "on-failure:3", "127.0.0.1:8080-8090:80-90/tcp", "/a:/b:ro,rslave", "vol:/data:nocopy",
            "type=bind,source=/a,target=/b,readonly,bind-propagation=rslave", "type=tmpfs,dst=/t,tmpfs-size=64m,tmpfs-mode=1777", "/t:size=1k,mode=700", "c 1:3 rwm",
            "a *:* m", "../a/./b/..", "status=running label=a=b name=^web$", "dangling=true name=v", "A=b C", "CMD [\"sh\",\"-c\",\"x\"]", "LABEL a=\"b c\"",
            "2026-01-02T15:04:05Z", "1700000000.5", "10m", "host*/a/?:*[ab]", "linux/arm64/v8", "disk.qcow2,format=qcow2,overlay=o,backing=any", "a,,b,readonly",
            "tap=t0,mac=02:00:00:00:00:01,rate=1m", "ctrl-p,ctrl-q", "a,ctrl-@,b", "24h", "1.5h30m", "rbind,ro,nosuid,uid=5",
        }.Select(Encoding.UTF8.GetBytes),
    ];

    public IReadOnlyList<string> Words { get; } =
        [":", ",", "=", "/", "-", "type=", "source=", "target=", "ro", "h", "ms", "999999999", "9223372036854775807", "0.0000000001", "ctrl-", "[", "*", "99999999999h", ""];

    public void Run(ReadOnlyMemory<byte> input)
    {
        string text = Encoding.UTF8.GetString(input.Span);
        foreach (Action<string> read in s_readers)
        {
            try
            {
                read(text);
            }
            catch (HullException)
            {
                // Refused, as it should be.
            }
        }
    }
}
