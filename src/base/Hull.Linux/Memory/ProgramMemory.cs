namespace Hull.Linux;

/// <summary>The pages of this process's own program: code and constants.</summary>
public static class ProgramMemory
{
    private static readonly Lazy<List<AddressRange>> s_ranges = new(Find);

    /// <summary>Gives them back; each comes back from the file when it is used again, with its neighbours.</summary>
    /// <remarks>
    /// For a process that did much and will do little for a while. Any thread; others go on, and fetch what they run through.
    /// Source: madvise(2) "MADV_DONTNEED".
    /// </remarks>
    public static void GiveBack()
    {
        foreach (AddressRange range in s_ranges.Value)
        {
            _ = Libc.madvise(range.Start, (nuint)range.Length, Libc.MADV_DONTNEED);
        }
    }

    private static List<AddressRange> Find()
    {
        List<AddressRange> all = ProgramPages.Find();
        return all.Count != 0 ? all : ProgramPages.FindUnwritable();
    }
}
