namespace Hull.Cli;

/// <summary>The command line itself is wrong.</summary>
internal sealed class UsageException(string message) : HullException(ErrorKind.InvalidArgument, message);
