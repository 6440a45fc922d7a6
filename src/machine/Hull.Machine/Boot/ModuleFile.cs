using Hull.Machine.Boot.Xz;

namespace Hull.Machine.Boot;

/// <summary>Reads a kernel module as the kernel takes it, however its distribution packs it.</summary>
/// <remarks>
/// The guest's kernel could unpack it too, but a module names in itself what it needs, and unpacking is cheaper here than
/// on a software processor.
/// </remarks>
internal static class ModuleFile
{
    internal const string Extension = ".ko";

    private const int MaxBytes = 64 << 20;

    /// <summary>Reads a module.</summary>
    /// <exception cref="HullException">It is packed in a way that is not known, damaged or too large.</exception>
    internal static byte[] Read(string path)
    {
        if (new FileInfo(path).Length > MaxBytes)
        {
            throw TooLarge(path);
        }

        byte[] content = File.ReadAllBytes(path);
        return Path.GetExtension(path) switch
        {
            Extension => content,
            ".xz" => XzFile.TryUnpack(content, MaxBytes) ?? throw Damaged(path),
            ".zst" => Unpack(content) ?? throw Damaged(path),
            _ => throw new HullException(
                ErrorKind.Unimplemented, $"The kernel module '{path}' is packed in a way that is not known; use a kernel with modules '.ko', '.ko.xz' or '.ko.zst'."),
        };
    }

    private static byte[]? Unpack(byte[] content)
    {
        byte[] output = new byte[Math.Min(MaxBytes, Math.Max(1 << 20, content.Length * 16))];
        return ZstdPayload.TryUnpack(content, output, out int length) ? output.AsSpan(0, length).ToArray() : null;
    }

    private static HullException TooLarge(string path) =>
        new(ErrorKind.ResourceExhausted, $"The kernel module '{path}' is larger than 64 MiB.");

    private static HullException Damaged(string path) =>
        new(ErrorKind.DataLoss, $"The kernel module '{path}' cannot be unpacked; pull the kernel again.");
}
