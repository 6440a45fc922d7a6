using Hull.Testing.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

/// <summary>The compiler and libseccomp are two implementations of one meaning: every difference is a bug.</summary>
/// <remarks><c>./dev fuzz seccomp-libseccomp seccomp-rules</c> does the same for as long as wanted.</remarks>
public sealed class SeccompDifferentialTests
{
    [Theory]
    [InlineData(1, 3, 250, false)]
    [InlineData(2, 12, 250, false)]
    [InlineData(3, 60, 100, false)]
    [InlineData(4, 250, 30, false)]
    public void Compile_OfRandomProfiles_DecidesAsLibseccompDoes(int seed, int maxRules, int profiles, bool isArm64)
    {
        Assert.SkipUnless(LibSeccomp.Instance is not null, "This machine has no libseccomp.");
        PeerComparison comparison = new();
        for (int round = 0; round < profiles; round++)
        {
            if (comparison.CompareWithLibSeccomp((seed * 100_000) + round, maxRules, isArm64) is string difference)
            {
                Assert.Fail(difference);
            }
        }
    }

    [Theory]
    [InlineData(5, 8, 250)]
    [InlineData(6, 120, 60)]
    public void Compile_OfOverlappingRules_DecidesAsTheRulesRead(int seed, int maxRules, int profiles)
    {
        PeerComparison comparison = new();
        for (int round = 0; round < profiles; round++)
        {
            if (comparison.CompareWithTheRules((seed * 100_000) + round, maxRules) is string difference)
            {
                Assert.Fail(difference);
            }
        }
    }
}
