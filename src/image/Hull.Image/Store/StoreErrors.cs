namespace Hull.Image;

/// <summary>Turns failures of files into Hull's: one sentence, and a kind callers can branch on.</summary>
internal static class StoreErrors
{
    private const int NoSpace = 28;
    private const int Quota = 122;

    /// <summary>Runs an action on files; <paramref name="what"/> begins the sentence of its failure.</summary>
    internal static void Run(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Translate(what, error);
        }
    }

    /// <summary>The failure of an action on files; <paramref name="what"/> begins the sentence, without full stop.</summary>
    internal static HullException Translate(string what, Exception error) => error switch
    {
        UnauthorizedAccessException => new HullException(ErrorKind.PermissionDenied, $"{what}: permission denied.", error),
        IOException when IsFull(error) => new HullException(ErrorKind.ResourceExhausted, $"{what}: no space is left on the disk.", error),
        FileNotFoundException or DirectoryNotFoundException => new HullException(ErrorKind.NotFound, $"{what}: it does not exist.", error),
        _ => new HullException(ErrorKind.Internal, $"{what}: the file system reports an error.", error),
    };

    // The runtime keeps errno in HResult for errors it has no other name for.
    internal static bool IsFull(Exception error) => error.HResult is NoSpace or Quota;
}
