namespace Hull.Runtime.Container.Tests.Clients;

/// <summary>What a command of a client printed and returned.</summary>
internal sealed record CommandResult(int Code, string Output, string Errors)
{
    /// <summary>Asserts that it returned 0.</summary>
    internal string Succeeds()
    {
        Assert.True(Code == 0, $"It returned {Code}: {Output}{Errors}");
        return Output;
    }

    /// <summary>Asserts what it returned.</summary>
    internal string Returns(int code)
    {
        Assert.True(Code == code, $"It returned {Code}, not {code}: {Output}{Errors}");
        return Output;
    }
}
