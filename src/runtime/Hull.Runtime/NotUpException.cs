namespace Hull.Runtime;

/// <summary>A machine ended before its guest was up.</summary>
/// <param name="message">Why, as far as it is known.</param>
/// <param name="lastLines">What the guest printed last, fit to be shown; empty when it printed nothing.</param>
public sealed class NotUpException(string message, string lastLines) : HullException(ErrorKind.Unavailable, message)
{
    /// <summary>What the guest printed last, fit to be shown; empty when it printed nothing.</summary>
    public string LastLines { get; } = lastLines;
}
