using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Memory;

// Into a snapshot's memory file and out of it. The file is as long as the RAM and has a hole where pages are zero.
public sealed partial class GuestMemory
{
    private const int SaveChunkBytes = 1 << 20;
    private const int PageBytes = (int)GuestAddress.PageSize;

    /// <summary>Writes every page that is not zero to its place in a file; only while nobody writes to the RAM.</summary>
    /// <param name="file">An empty file.</param>
    /// <returns>What was written, ascending.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="HullException">The RAM has a hot hole: the file would not tell where.</exception>
    public IReadOnlyList<MemoryExtent> SaveTo(SafeFileHandle file)
    {
        if (HasHotHoles)
        {
            throw new HullException(ErrorKind.FailedPrecondition, "A machine whose memory has pages taken out cannot be saved; put them back first.");
        }

        RandomAccess.SetLength(file, Size);
        List<MemoryExtent> extents = [];
        for (long at = 0; _file.TryFindData(at, out long start, out long end); at = end)
        {
            start -= start % PageBytes;
            for (long chunk = start; chunk < end; chunk += SaveChunkBytes)
            {
                int length = (int)Math.Min(SaveChunkBytes, Math.Min(end, Size) - chunk);
                SaveChunk(file, chunk, length, extents);
            }
        }

        return extents;
    }

    /// <summary>Fills RAM that is still zeros from a file.</summary>
    /// <param name="file">What <see cref="SaveTo"/> wrote.</param>
    /// <param name="extents">What it returned.</param>
    /// <exception cref="HullException">The file is shorter, damaged, or of other RAM.</exception>
    public void LoadFrom(SafeFileHandle file, IReadOnlyList<MemoryExtent> extents)
    {
        ArgumentNullException.ThrowIfNull(extents);
        long end = 0;
        foreach (MemoryExtent extent in extents)
        {
            bool isSound = extent.Offset >= end && extent.Length is > 0 and <= SaveChunkBytes
                && (extent.Offset | extent.Length) % PageBytes == 0 && extent.Length <= Size - extent.Offset;
            if (!isSound || !TryLoad(file, extent))
            {
                throw new HullException(
                    ErrorKind.DataLoss, $"The snapshot is damaged: its memory at byte {extent.Offset} is not what was saved.");
            }

            end = extent.Offset + extent.Length;
        }
    }

    private void SaveChunk(SafeFileHandle file, long offset, int length, List<MemoryExtent> extents)
    {
        for (int page = 0; page < length;)
        {
            int run = 0;
            ReadOnlySpan<byte> bytes = Stored(offset + page, length - page);
            while (run < bytes.Length && bytes.Slice(run, PageBytes).ContainsAnyExcept((byte)0))
            {
                run += PageBytes;
            }

            if (run > 0)
            {
                RandomAccess.Write(file, bytes[..run], offset + page);
                extents.Add(new MemoryExtent(offset + page, run, Checksum(bytes[..run])));
            }

            page += Math.Max(run, PageBytes);
        }
    }

    private bool TryLoad(SafeFileHandle file, MemoryExtent extent)
    {
        Span<byte> destination = Stored(extent.Offset, (int)extent.Length);
        if (destination.Length != extent.Length)
        {
            return false;
        }

        for (int done = 0; done < destination.Length;)
        {
            int read = RandomAccess.Read(file, destination[done..], extent.Offset + done);
            if (read == 0)
            {
                return false;
            }

            done += read;
        }

        return Checksum(destination) == extent.Checksum;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = uint.MaxValue;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            sum = BitOperations.Crc32C(sum, BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word));
        }

        return ~sum;
    }

    // Where bytes of the file lie in the window, up to the end of their range.
    private Span<byte> Stored(long offset, int length)
    {
        for (int i = _ranges.Length - 1; i >= 0; i--)
        {
            if (offset >= _fileOffsets[i])
            {
                ulong inside = (ulong)(offset - _fileOffsets[i]);
                int part = (int)Math.Min((ulong)length, _ranges[i].Size - inside);
                return Host(_ranges[i].Start + inside, part);
            }
        }

        throw new ArgumentOutOfRangeException(nameof(offset));
    }
}
