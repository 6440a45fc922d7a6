namespace Hull.Engine.Containers;

/// <summary>A wish for one more process in a running container.</summary>
public sealed record ExecRequest
{
    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>More environment, <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary><c>user[:group]</c>; null for the container's.</summary>
    public string? User { get; init; }

    /// <summary>Working directory; null for the container's.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>Whether it has a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Whether it has every capability.</summary>
    public bool Privileged { get; init; }
}
