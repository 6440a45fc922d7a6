using Hull.Linux;

namespace Hull.Image;

/// <summary>Replaces a whole file: a reader, and a power cut, see the old bytes or the new ones.</summary>
internal static class AtomicFile
{
    /// <summary>Writes the file; it is on disk when this returns.</summary>
    /// <param name="path">The file; its directory exists.</param>
    /// <param name="content">The whole new content.</param>
    /// <param name="mode">Its permissions.</param>
    internal static void Write(string path, ReadOnlySpan<byte> content, UnixFileMode mode = DefaultMode)
    {
        string directory = Path.GetDirectoryName(path) ?? "/";
        string staged = Path.Combine(directory, $".{Path.GetFileName(path)}.{Guid.NewGuid():N}");
        try
        {
            using (FileStream file = new(staged, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = mode,
                BufferSize = 0,
            }))
            {
                file.Write(content);
                file.Flush(flushToDisk: true);
            }

            File.Move(staged, path, overwrite: true);
        }
        catch
        {
            File.Delete(staged);
            throw;
        }

        DirectorySync.Flush(directory);
    }

    private const UnixFileMode DefaultMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
}
