namespace Hull.Image.Tests;

public sealed class AuthChallengeTests
{
    [Fact]
    public void Parse_OfABearerChallenge_FindsItsParameters()
    {
        AuthChallenge challenge = Assert.Single(AuthChallenge.Parse(
            "Bearer realm=\"https://auth.test/token\",service=\"reg\",scope=\"repository:a/b:pull,push repository:c:pull\""));

        Assert.Equal("bearer", challenge.Scheme);
        Assert.Equal("https://auth.test/token", challenge["realm"]);
        Assert.Equal("reg", challenge["service"]);
        Assert.Equal("repository:a/b:pull,push repository:c:pull", challenge["scope"]);
    }

    [Fact]
    public void Parse_OfSeveralChallenges_KeepsThemApart()
    {
        IReadOnlyList<AuthChallenge> challenges = AuthChallenge.Parse("Negotiate, Basic realm=\"a \\\"b\\\", c\" , Digest a = b, c=d");

        Assert.Equal(["negotiate", "basic", "digest"], challenges.Select(challenge => challenge.Scheme));
        Assert.Equal("a \"b\", c", challenges[1]["realm"]);
        Assert.Equal("d", challenges[2]["c"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(",,,")]
    [InlineData("Bearer realm=\"open")]
    [InlineData("=")]
    [InlineData("Bearer =x")]
    [InlineData("\"quoted\"")]
    public void Parse_OfNonsense_Ends(string header) => Assert.True(AuthChallenge.Parse(header).Count <= 1);

    [Theory]
    [InlineData("</v2/_catalog?last=b&n=2>; rel=\"next\"", "/v2/_catalog?last=b&n=2")]
    [InlineData("<a>; rel=prev, <b>; rel=next", "b")]
    [InlineData("<a>; rel=prev", null)]
    [InlineData("<a", null)]
    [InlineData("", null)]
    public void Link_Next_IsFound(string header, string? expected) => Assert.Equal(expected, LinkHeader.Next(header)?.OriginalString);
}
