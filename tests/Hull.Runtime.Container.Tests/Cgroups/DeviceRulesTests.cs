using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests.Cgroups;

public sealed class DeviceRulesTests
{
    [Fact]
    public void Create_WithoutRules_AllowsOnlyTheDefaultDevices()
    {
        var rules = DeviceRules.Create([]);

        Assert.False(rules.AllowsByDefault);
        Assert.Contains("c 1:3 rwm", rules.Exceptions.Select(each => each.ToString()));
        Assert.Equal(10, rules.Exceptions.Count);
    }

    [Fact]
    public void Create_WithRepeatedDevices_KeepsOneExceptionEach()
    {
        var rules = DeviceRules.Create([Deny("a"), Allow("c", 1, 3, "r"), Allow("c", 1, 3, "w"), Allow("b", 8, 0, "r")]);

        Assert.Equal(["c 1:3 rwm", "b 8:0 r"], rules.Exceptions.Take(2).Select(each => each.ToString()));
    }

    [Fact]
    public void Create_WithADenialAfterAnAllowance_TakesItBack()
    {
        var rules = DeviceRules.Create([Deny("a"), Allow("c", 10, 229, "rwm"), Deny("c", 10, null, "w")]);

        Assert.Equal("c 10:229 rm", rules.Exceptions[0].ToString());
    }

    [Fact]
    public void Create_WithADenialInsideAWiderAllowance_SaysThatItCannotBeHeld()
    {
        HullException error = Assert.Throws<HullException>(() =>
            DeviceRules.Create([Deny("a"), Allow("c", 10, null, "rwm"), Deny("c", 10, 229, "w")]));

        Assert.Contains("deny c 10:229 w", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_OfAnAllowAll_HasNoExceptions()
    {
        var rules = DeviceRules.Create([Allow("a", null, null, "rwm")]);

        Assert.True(rules.AllowsByDefault);
        Assert.Empty(rules.Exceptions);
    }

    [Theory]
    [InlineData("x", "rwm")]
    [InlineData("c", "rx")]
    [InlineData("c", "rwq")]
    public void Create_OfNonsense_Fails(string type, string access) =>
        Assert.Throws<HullException>(() => DeviceRules.Create([Allow(type, 1, 1, access)]));

    // The program is judged by running it, against the meaning of the list it was made from.
    [Theory]
    [InlineData('c', 1, 3, "rwm", true)]
    [InlineData('c', 136, 7, "rw", true)]
    [InlineData('b', 8, 0, "m", true)]
    [InlineData('b', 8, 0, "r", false)]
    [InlineData('c', 10, 229, "r", true)]
    [InlineData('c', 10, 229, "rw", false)]
    [InlineData('c', 1, 1, "r", false)]
    public void Program_OfAnAllowList_AnswersAsTheListDoes(char kind, int major, int minor, string access, bool allowed)
    {
        ulong[] program = DeviceProgram.Emit(DeviceRules.Create([Deny("a"), Allow("c", 10, 229, "r")]));

        Assert.Equal(allowed, Run(program, kind, major, minor, (int)DeviceRule.ParseAccess(access, Deny("a"))));
    }

    [Theory]
    [InlineData('b', 8, 5, "rw", false)]
    [InlineData('b', 8, 5, "r", true)]
    [InlineData('b', 9, 5, "w", true)]
    [InlineData('c', 8, 5, "w", true)]
    public void Program_OfADenyList_AnswersAsTheListDoes(char kind, int major, int minor, string access, bool allowed)
    {
        ulong[] program = DeviceProgram.Emit(DeviceRules.Create([Allow("a", null, null, null), Deny("b", 8, null, "w")]));

        Assert.Equal(allowed, Run(program, kind, major, minor, (int)DeviceRule.ParseAccess(access, Deny("a"))));
    }

    private static DeviceRuleSpec Allow(string type, long? major, long? minor, string? access) =>
        new() { Allow = true, Type = type, Major = major, Minor = minor, Access = access };

    private static DeviceRuleSpec Deny(string type, long? major = null, long? minor = null, string? access = null) =>
        new() { Allow = false, Type = type, Major = major, Minor = minor, Access = access };

    private static bool Run(ulong[] program, char kind, int major, int minor, int access)
    {
        ulong[] registers = new ulong[11];
        uint[] context = [(kind == 'b' ? 1u : 2u) | ((uint)access << 16), (uint)major, (uint)minor];
        for (int at = 0; ; at++)
        {
            ulong word = program[at];
            int code = (int)(word & 0xff);
            ref ulong destination = ref registers[(word >> 8) & 0xf];
            ulong source = registers[(word >> 12) & 0xf];
            int offset = (short)(word >> 16);
            int immediate = (int)(word >> 32);
            switch (code)
            {
                case 0x61: destination = context[offset / 4]; break;
                case 0xb7: destination = (ulong)immediate; break;
                case 0xbf: destination = source; break;
                case 0x54: destination = (uint)destination & (uint)immediate; break;
                case 0x74: destination = (uint)destination >> immediate; break;
                case 0x55: at += destination != (ulong)immediate ? offset : 0; break;
                case 0x56: at += (uint)destination != (uint)immediate ? offset : 0; break;
                case 0x15: at += destination == (ulong)immediate ? offset : 0; break;
                case 0x95: return registers[0] != 0;
                default: throw new InvalidOperationException($"The program has an unknown instruction {code:x2}.");
            }
        }
    }
}
