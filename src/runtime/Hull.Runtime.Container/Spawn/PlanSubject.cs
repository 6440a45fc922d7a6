namespace Hull.Runtime.Container.Spawn;

/// <summary>What a group of steps works on, put into words only when an error or a printed plan needs them.</summary>
/// <param name="Pattern">Half a sentence: <c>The mount '{0}' of type '{1}'</c>.</param>
/// <param name="First">Takes the place of <c>{0}</c>.</param>
/// <param name="Second">Takes the place of <c>{1}</c>.</param>
public readonly record struct PlanSubject(string Pattern, string? First = null, string? Second = null)
{
    /// <inheritdoc/>
    public override string ToString() => Pattern
        .Replace("{0}", First, StringComparison.Ordinal)
        .Replace("{1}", Second, StringComparison.Ordinal);
}
