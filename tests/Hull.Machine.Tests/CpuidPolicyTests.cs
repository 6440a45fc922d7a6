using Hull.Machine.Board;

namespace Hull.Machine.Tests;

public sealed class CpuidPolicyTests
{
    [Fact]
    public void Adjust_ShowsTheTopologyAsGiven()
    {
        CpuidPolicy policy = new(new CpuTopology(2, 3, 2), 1_000_000);

        CpuidResult thread = Ask(policy, 7, 0xB, 0);
        CpuidResult core = Ask(policy, 7, 0xB, 1);

        Assert.Equal(new CpuidResult(1, 2, 0x100, 9), thread);
        Assert.Equal(new CpuidResult(3, 6, 0x201, 9), core);
        Assert.Equal(9u, Ask(policy, 7, 1, 0).Ebx >> 24);
    }

    [Fact]
    public void Adjust_TellsTheFrequencySoThatNobodyMeasures()
    {
        CpuidPolicy policy = new(CpuTopology.OfCores(1), 2_500_000);

        Assert.Equal(2_500_000u, Ask(policy, 0, 0x4000_0010, 0).Eax);
        Assert.Equal(0x4B4D564Bu, Ask(policy, 0, 0x4000_0000, 0).Ebx);
        Assert.NotEqual(0u, Ask(policy, 0, 0x4000_0001, 0).Eax & 1);
    }

    private static CpuidResult Ask(CpuidPolicy policy, int processor, uint leaf, uint subleaf)
    {
        CpuidResult value = default;
        policy.Adjust(processor, leaf, subleaf, ref value);
        return value;
    }
}
