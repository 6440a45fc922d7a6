using Hull.Linux;

namespace Hull.Machine.Memory;

/// <summary>A guest's RAM: one memory file, shown in a window of this process's addresses with the guest's own layout.</summary>
/// <remarks>
/// Two doors: <see cref="IGuestMemory"/> for devices, which check nothing and can break nothing, and
/// <see cref="IGuestPages"/> with <see cref="WindowBase"/> for processors, which keep host addresses. Pages come into
/// being when first touched, so the RAM of all machines together may exceed the host's. Thread-safe except for
/// <see cref="Dispose"/>, which comes after the last vCPU and device is gone.
/// </remarks>
public sealed partial class GuestMemory : IGuestPages, IDiscardableMemory, IDisposable
{
    /// <summary>The end of the addresses a machine of this house can have: 46 bits.</summary>
    public const ulong MaxAddress = 1ul << 46;

    private readonly MemoryRange[] _ranges;
    private readonly long[] _fileOffsets;
    private readonly MemoryFile _file;
    private readonly AddressWindow _window;

    // Bytes from the page number: 0 = not RAM, 1 = RAM. A hole punched at run time changes one entry.
    private readonly bool[] _present;

    /// <summary>Reserves the addresses and the file; takes no RAM of the host yet.</summary>
    /// <exception cref="HullException">The host has not enough addresses, or the ranges make no sense.</exception>
    public GuestMemory(GuestMemoryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _ranges = [.. options.Ranges];
        _fileOffsets = new long[_ranges.Length];
        ulong end = 0;
        long total = 0;
        for (int i = 0; i < _ranges.Length; i++)
        {
            Check(_ranges[i], end);
            _fileOffsets[i] = total;
            total += (long)_ranges[i].Size;
            end = _ranges[i].End.Value;
        }

        if (total == 0)
        {
            throw new ArgumentException("A machine without RAM was asked for.", nameof(options));
        }

        Size = total;
        Dirty = new DirtyPages(end / GuestAddress.PageSize);
        CodePages = new CodePages(new GuestAddress(end));
        _present = new bool[end / GuestAddress.PageSize];
        _file = new MemoryFile("hull-guest-ram", total, options.HugePages == HugePages.Require);
        try
        {
            _window = new AddressWindow(end);
            MapAll(options.HugePages);
        }
        catch (LinuxException error) when (options.HugePages == HugePages.Require && error.Error == Errno.NoMem)
        {
            _window?.Dispose();
            _file.Dispose();
            throw new HullException(
                ErrorKind.ResourceExhausted, $"The host's pool of huge pages has not {total >> 20} MiB free; raise vm.nr_hugepages or do without.", error);
        }
        catch
        {
            _window?.Dispose();
            _file.Dispose();
            throw;
        }
    }

    /// <summary>Bytes of RAM the guest was given.</summary>
    public long Size { get; }

    /// <summary>The first address after the highest RAM.</summary>
    public GuestAddress End => _ranges[^1].End;

    /// <summary>The ranges that are RAM, ascending.</summary>
    public IReadOnlyList<MemoryRange> Ranges => _ranges;

    /// <summary>Which pages were written. A processor's answers from <see cref="TryGetPage"/> must be forgotten after taking marks.</summary>
    public DirtyPages Dirty { get; }

    /// <inheritdoc/>
    public CodePages CodePages { get; }

    /// <summary>Host address of guest-physical address 0, for KVM slots and the translator; only RAM may be touched.</summary>
    public nint WindowBase => _window.Base;

    /// <summary>The file behind the RAM, to share with another process.</summary>
    public MemoryFile File => _file;

    /// <inheritdoc/>
    public bool TryRead(GuestAddress address, Span<byte> destination)
    {
        if (!IsRam(address, (ulong)destination.Length))
        {
            return false;
        }

        Host(address, destination.Length).CopyTo(destination);
        return true;
    }

    /// <inheritdoc/>
    public bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source)
    {
        if (!IsRam(address, (ulong)source.Length))
        {
            return false;
        }

        if (source.IsEmpty)
        {
            return true;
        }

        source.CopyTo(Host(address, source.Length));
        Dirty.MarkAll(address, (ulong)source.Length);
        CodePages.Written(address, (ulong)source.Length);
        return true;
    }

    /// <inheritdoc/>
    public bool TryGetPage(GuestAddress page, bool forWrite, out nint hostAddress)
    {
        ulong number = page.PageNumber;
        if (number >= (ulong)_present.Length || !Volatile.Read(ref _present[number]))
        {
            hostAddress = 0;
            return false;
        }

        if (forWrite)
        {
            Dirty.Mark(number);
        }

        hostAddress = _window.Base + (nint)page.PageStart.Value;
        return true;
    }

    /// <inheritdoc/>
    /// <remarks>Every host address stays valid. For the balloon and for free-page reporting.</remarks>
    public bool TryDiscard(GuestAddress address, ulong length)
    {
        if ((address.Value | length) % GuestAddress.PageSize != 0 || length == 0)
        {
            return false;
        }

        for (int i = 0; i < _ranges.Length; i++)
        {
            if (_ranges[i].Contains(address, length))
            {
                _file.Discard(_fileOffsets[i] + (long)(address.Value - _ranges[i].Start.Value), (long)length);
                Dirty.MarkAll(address, length);
                CodePages.Written(address, length);
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes whole pages out of the guest's RAM, or puts them back; their bytes are lost.</summary>
    /// <returns>False when the range is not whole pages of RAM.</returns>
    /// <remarks>
    /// A hot hole: accesses go to devices. The caller stops every processor first and tells it to forget its pages.
    /// </remarks>
    public bool TrySetPresent(GuestAddress address, ulong length, bool present)
    {
        if (!TryDiscard(address, length))
        {
            return false;
        }

        for (ulong done = 0; done < length; done += GuestAddress.PageSize)
        {
            Volatile.Write(ref _present[(address + done).PageNumber], present);
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _window.Dispose();
        _file.Dispose();
    }

    private static void Check(MemoryRange range, ulong end)
    {
        bool isAligned = (range.Start.Value | range.Size) % GuestAddress.PageSize == 0;
        if (!isAligned || range.Size == 0 || range.Start.Value < end || range.Size > MaxAddress
            || range.End.Value > MaxAddress)
        {
            throw new ArgumentException($"The RAM range at '{range.Start}' is unaligned, empty, too high or overlaps.");
        }
    }

    private void MapAll(HugePages huge)
    {
        for (int i = 0; i < _ranges.Length; i++)
        {
            MemoryRange range = _ranges[i];
            _window.Map(range.Start.Value, _file, _fileOffsets[i], range.Size, reserve: huge == HugePages.Require);
            if (huge == HugePages.Prefer)
            {
                _window.PreferHugePages(range.Start.Value, range.Size);
            }

            _present.AsSpan((int)range.Start.PageNumber, (int)(range.Size / GuestAddress.PageSize)).Fill(true);
        }
    }

    private bool HasHotHoles
    {
        get
        {
            foreach (MemoryRange range in _ranges)
            {
                if (_present.AsSpan((int)range.Start.PageNumber, (int)(range.Size / GuestAddress.PageSize)).Contains(false))
                {
                    return true;
                }
            }

            return false;
        }
    }

    private bool IsRam(GuestAddress address, ulong length)
    {
        ulong limit = (ulong)_present.Length * GuestAddress.PageSize;
        if (length == 0)
        {
            return address.Value < limit;
        }

        if (address.Value >= limit || length > limit - address.Value)
        {
            return false;
        }

        ulong last = (address + (length - 1)).PageNumber;
        for (ulong page = address.PageNumber; page <= last; page++)
        {
            if (!Volatile.Read(ref _present[page]))
            {
                return false;
            }
        }

        return true;
    }

    // SAFETY: the caller has checked that the whole span lies in mapped pages; the window outlives this object's
    // users, see the remarks on Dispose. A discarded page is still mapped and reads as zeros.
    private unsafe Span<byte> Host(GuestAddress address, int length) =>
        new((void*)(_window.Base + (nint)address.Value), length);
}
