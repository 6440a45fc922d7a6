namespace Hull.Machine;

/// <summary>The processors' fast door to guest memory: whole pages by host address.</summary>
/// <remarks>
/// For processors only (interpreter and translator), which keep the answers in their TLB. When an answer stops being true
/// (a hole is punched, a page becomes read-only, dirty tracking is restarted) the owner of the memory calls
/// <see cref="IVirtualProcessor.ForgetPages"/> on every processor and keeps the old mapping alive until each has answered.
/// </remarks>
public interface IGuestPages : IGuestMemory
{
    /// <summary>Which pages hold decoded code: shared by all processors of the machine and by this memory's TryWrite.</summary>
    CodePages CodePages { get; }

    /// <summary>Finds the host memory behind one guest page.</summary>
    /// <param name="page">Any address inside the page.</param>
    /// <param name="forWrite">
    /// The caller will write through the answer without asking again: the page is marked dirty now.
    /// </param>
    /// <param name="hostAddress">Host address of the page's first byte, valid until ForgetPages.</param>
    /// <returns>False when the page is not RAM (or ROM for reading): the access goes to <see cref="IGuestIo"/>.</returns>
    bool TryGetPage(GuestAddress page, bool forWrite, out nint hostAddress);
}
