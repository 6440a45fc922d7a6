using System.Text.RegularExpressions;
using Hull.Runtime.Security;

namespace Hull.Runtime.Container.Tests.Security;

public sealed partial class CapabilityTests
{
    private const string Header = "/usr/include/linux/capability.h";

    [Fact]
    public void All_AgreesWithTheKernelsHeader()
    {
        Assert.SkipUnless(File.Exists(Header), $"This machine has no {Header}.");
        int found = 0;
        foreach (Match match in Definition().Matches(File.ReadAllText(Header)))
        {
            Assert.Equal(match.Groups[1].Value, CapabilityNames.All[int.Parse(match.Groups[2].ValueSpan)]);
            found++;
        }

        Assert.Equal(CapabilityNames.All.Count, found);
        Assert.Equal(Enum.GetValues<Capability>().Length, found);
    }

    [Theory]
    [InlineData("CAP_CHOWN", true)]
    [InlineData("chown", true)]
    [InlineData("Cap_Net_Admin", true)]
    [InlineData("", false)]
    [InlineData("CAP_", false)]
    [InlineData("CAP_CAP_CHOWN", false)]
    [InlineData("ALL", false)]
    public void TryParse_OfWhatPeopleWrite_IsLenient(string text, bool expected) =>
        Assert.Equal(expected, CapabilityNames.TryParse(text, out _));

    [Fact]
    public void FromNames_OfUnknownNames_ReportsThem()
    {
        List<string> unknown = [];

        CapabilitySet set = CapabilitySet.FromNames(["CAP_KILL", "CAP_FLY", "kill"], unknown);

        Assert.Equal(["CAP_KILL"], set.ToNames());
        Assert.Equal(["CAP_FLY", "kill"], unknown);
    }

    [Theory]
    [InlineData("", "", false, 0xA80425FBul)]
    [InlineData("", "all", false, 0ul)]
    [InlineData("ALL", "", false, 0x1FFFFFFFFFFul)]
    [InlineData("all", "CHOWN", false, 0x1FFFFFFFFFEul)]
    [InlineData("ALL", "ALL", false, 0x1FFFFFFFFFFul)]
    [InlineData("net_admin", "ALL", false, 0x1000ul)]
    [InlineData("SYS_ADMIN", "CAP_MKNOD,chown", false, 0xA02425FAul)]
    [InlineData("CHOWN", "CHOWN", false, 0xA80425FBul)]
    [InlineData("", "ALL", true, 0x1FFFFFFFFFFul)]
    public void Resolve_OfAddsAndDrops_DoesDockersArithmetic(string add, string drop, bool privileged, ulong expected)
    {
        CapabilityRequest request = new() { Add = List(add), Drop = List(drop), IsPrivileged = privileged };

        Assert.Equal(expected, request.Resolve(CapabilitySet.Known).Mask);
    }

    [Fact]
    public void Resolve_OnAPoorHost_GivesNoMoreThanItHas()
    {
        CapabilitySet poor = CapabilitySet.Known.Without(CapabilitySet.Of(Capability.SysResource, Capability.Mknod));

        Assert.Equal(poor, new CapabilityRequest { IsPrivileged = true }.Resolve(poor));
        Assert.False(new CapabilityRequest().Resolve(poor).Has(Capability.Mknod));
    }

    [Fact]
    public void Resolve_OfWhatTheHostLacks_NamesIt()
    {
        CapabilitySet poor = CapabilitySet.Known.Without(CapabilitySet.Of(Capability.SysResource));

        HullException error = Assert.Throws<HullException>(() => new CapabilityRequest { Add = ["SYS_RESOURCE"] }.Resolve(poor));

        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
        Assert.Contains("CAP_SYS_RESOURCE", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_OfAnUnknownName_IsRefused()
    {
        HullException error = Assert.Throws<HullException>(() => new CapabilityRequest { Drop = ["FLY"] }.Resolve(CapabilitySet.Known));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
    }

    [Theory]
    [InlineData("40\n", 41)]
    [InlineData("37\n", 38)]
    [InlineData("45\n", 41)]
    public void UpTo_OfAKernelsLastCapability_CutsTheRest(string last, int count) =>
        Assert.Equal(count, HostCapabilities.UpTo(last).Count);

    [Fact]
    public void BoundingOf_AStatusFile_ReadsItsMask() =>
        Assert.Equal(0x1FFFEFFFFFFul, HostCapabilities.BoundingOf(["Name:\tx", "CapBnd:\t000001fffeffffff"]).Mask);

    [Fact]
    public void Bounding_OfThisProcess_IsWithinTheKernels() =>
        Assert.Equal(0, HostCapabilities.Bounding().Without(HostCapabilities.OfKernel()).Count);

    private static string[] List(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(@"^#define (CAP_[A-Z_]+)\s+(\d+)\s*$", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
