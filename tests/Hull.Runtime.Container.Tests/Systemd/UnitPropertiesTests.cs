using Hull.Oci.Runtime;
using Hull.Runtime.Container.Systemd;

namespace Hull.Runtime.Container.Tests.Systemd;

/// <summary>Limits and annotations as properties of a unit.</summary>
public sealed class UnitPropertiesTests
{
    [Fact]
    public void Of_Limits_NamesSystemdsProperties()
    {
        LinuxResources resources = new()
        {
            Cpu = new CpuSpec { Shares = 1024, Quota = 50_000, Period = 100_000, Cpus = "0-1", Mems = "0" },
            Memory = new MemorySpec { Limit = 100, Swap = 300, Reservation = 50 },
            Pids = new PidsSpec { Limit = 0 },
            Unified = new Dictionary<string, string> { ["memory.high"] = "max", ["io.weight"] = "50" },
        };

        Assert.Equal(
            "MemoryMax=100 MemoryLow=50 MemorySwapMax=200 CPUWeight=100 CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000 "
            + "AllowedCPUs=[3] AllowedMemoryNodes=[1] TasksMax=1 MemoryHigh=18446744073709551615",
            Read(ResourceProperties.Of(resources, unified: true, withDevices: false)));
        Assert.Equal(
            "MemoryLimit=100 CPUShares=1024 CPUQuotaPeriodUSec=100000 CPUQuotaPerSecUSec=500000 TasksMax=1",
            Read(ResourceProperties.Of(resources, unified: false, withDevices: false)));
    }

    [Theory]
    [InlineData(-1L, null, ulong.MaxValue)]
    [InlineData(1_234L, 100_000ul, 20_000ul)]
    [InlineData(200_000L, null, 2_000_000ul)]
    [InlineData(long.MaxValue, 1ul, ulong.MaxValue)]
    public void Of_Quota_CountsInHundredthsOfAProcessor(long quota, ulong? period, ulong expected)
    {
        LinuxResources resources = new() { Cpu = new CpuSpec { Quota = quota, Period = period } };

        Assert.EndsWith($"CPUQuotaPerSecUSec={expected}", Read(ResourceProperties.Of(resources, unified: true, withDevices: false)), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_DeviceRules_AllowsThemOneByOne()
    {
        LinuxResources resources = new()
        {
            Devices = [new DeviceRuleSpec { Allow = false, Access = "rwm" }, new DeviceRuleSpec { Allow = true, Type = "b", Major = 8, Access = "r" }],
        };

        string text = Read(ResourceProperties.Of(resources, unified: true, withDevices: true));

        Assert.StartsWith("DevicePolicy=strict DeviceAllow=[] DeviceAllow=[(block-8 r)(char-* m)(block-* m)(/dev/char/1:3 rwm)", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("c", null)]
    [InlineData("a", -1L)]
    public void Of_RulesThatSystemdCannotExpress_LeavesThemToTheProgram(string type, long? major)
    {
        LinuxResources resources = new()
        {
            Devices = [new DeviceRuleSpec { Allow = true, Type = type, Major = major, Minor = type == "c" ? 9 : null, Access = "rwm" }],
        };

        Assert.Equal("DevicePolicy=auto DeviceAllow=[]", Read(ResourceProperties.Of(resources, unified: true, withDevices: true)));
    }

    [Theory]
    [InlineData("0", new byte[] { 1 })]
    [InlineData("0-3,8", new byte[] { 15, 1 })]
    [InlineData("", new byte[0])]
    public void BitsOf_AList_HasTheLowestFirst(string list, byte[] bits) => Assert.Equal(bits, ResourceProperties.BitsOf(list));

    [Theory]
    [InlineData("a")]
    [InlineData("3-1")]
    [InlineData("1-2-3")]
    [InlineData("0-99999999")]
    [InlineData("-1")]
    public void BitsOf_AnythingElse_IsRefused(string list) => Assert.Throws<HullException>(() => ResourceProperties.BitsOf(list));

    [Theory]
    [InlineData("TimeoutStopSec", "7", "TimeoutStopUSec=7000000")]
    [InlineData("TimeoutStopSec", "uint64 7", "TimeoutStopUSec=7000000")]
    [InlineData("CollectMode", "'inactive-or-failed'", "CollectMode=inactive-or-failed")]
    [InlineData("Names", "['a', \"b\"]", "Names=[a b ]")]
    [InlineData("SendSIGHUP", "true", "SendSIGHUP=1")]
    [InlineData("MemoryMin", "uint64 4096", "MemoryMin=4096")]
    public void Of_Annotation_IsReadAsItsText(string name, string value, string expected) => Assert.Equal(
        expected, Read(AnnotationProperties.Of(new Dictionary<string, string> { ["org.systemd.property." + name] = value, ["other"] = "x" })));

    [Theory]
    [InlineData("no spaces", "1")]
    [InlineData("", "1")]
    [InlineData("Good", "{1}")]
    [InlineData("Good", "'unfinished")]
    [InlineData("Good", "'a' 'b'")]
    public void Of_MalformedAnnotation_IsRefused(string name, string value) => Assert.Throws<HullException>(
        () => AnnotationProperties.Of(new Dictionary<string, string> { ["org.systemd.property." + name] = value }));

    // Reads the array with the reader that reads systemd's answers.
    private static string Read(UnitProperties properties)
    {
        BusWriter writer = new();
        properties.WriteTo(writer);
        BusReader reader = new(writer.Written);
        List<string> all = [];
        _ = reader.UInt32();
        while (!reader.IsAtEnd)
        {
            reader.Struct();
            all.Add(reader.Text() + "=" + Value(ref reader, reader.Signature(), writer.Written));
        }

        Assert.False(reader.IsDamaged);
        return string.Join(' ', all);
    }

    private static string Value(ref BusReader reader, string type, ReadOnlySpan<byte> bytes)
    {
        switch (type)
        {
            case "s":
                return reader.Text();
            case "b" or "u" or "i":
                return reader.UInt32().ToString(System.Globalization.CultureInfo.InvariantCulture);
            case "t":
                _ = reader.Skip("t");
                return BitConverter.ToUInt64(bytes[(reader.Position - 8)..]).ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        uint length = reader.UInt32();
        if (type == "a(ss)")
        {
            reader.Struct();
        }

        int end = reader.Position + (int)length;
        string text = "[";
        while (reader.Position < end)
        {
            switch (type)
            {
                case "ay":
                    text += reader.Byte().ToString(System.Globalization.CultureInfo.InvariantCulture);
                    break;
                case "as":
                    text += reader.Text() + " ";
                    break;
                default:
                    reader.Struct();
                    text += $"({reader.Text()} {reader.Text()})";
                    break;
            }
        }

        return text + "]";
    }
}
