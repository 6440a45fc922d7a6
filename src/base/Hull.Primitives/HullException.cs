namespace Hull;

/// <summary>An operation failed; the message is one sentence that names the subject and the cause.</summary>
public class HullException : Exception
{
    /// <summary>Creates a failure of a kind.</summary>
    /// <param name="kind">What kind of failure; the edges map it to exit codes and statuses.</param>
    /// <param name="message">One sentence with a capital letter and a full stop; subject and value quoted.</param>
    /// <param name="inner">The cause, when there is one; never repeated in the message.</param>
    public HullException(ErrorKind kind, string message, Exception? inner = null)
        : base(message, inner)
    {
        Kind = kind;
    }

    /// <summary>What kind of failure this is.</summary>
    public ErrorKind Kind { get; }
}
