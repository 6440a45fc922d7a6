namespace Hull.Engine.State;

/// <summary>Space set aside on the disk of the database, so that removing things still works when the disk is full.</summary>
/// <remarks>
/// Writing down that a container is being removed takes space before its removal gives any. A lost reserve is made again by the
/// next command that finds room.
/// </remarks>
internal sealed class DiskReserve(string path)
{
    private const int Bytes = 512 * 1024;

    /// <summary>Sets the space aside where there is none yet and the disk has room.</summary>
    internal void Ensure()
    {
        if (File.Exists(path))
        {
            return;
        }

        try
        {
            // Written, not just measured: a hole would reserve nothing.
            File.WriteAllBytes(path, new byte[Bytes]);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _ = TryRelease();
        }
    }

    /// <summary>Gives the space back to whoever writes next.</summary>
    /// <returns>False when there was none.</returns>
    internal bool TryRelease()
    {
        try
        {
            bool was = File.Exists(path);
            File.Delete(path);
            return was;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
