using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Compares and exchanges 16 bytes at once, single among all accesses of all threads; .NET has no name for it.</summary>
/// <remarks>
/// One routine of machine code for x86-64, in a sealed memory file that is mapped to be read and executed, never written. It takes
/// the address and a block of four 64-bit words: expected (low, high), which becomes what was found, then new (low, high). The bytes
/// were assembled from the listing beside them; a test disassembles them and compares.
/// Source: Intel SDM vol. 2A, CMPXCHG16B; System V AMD64 ABI 1.0 §3.2.1 (registers).
/// </remarks>
public static class WideExchange
{
    private static readonly nint s_code = Map();

    /// <summary>The code, byte by byte.</summary>
    internal static ReadOnlySpan<byte> Bytes =>
    [
        0x53,                                              // push rbx
        0x49, 0x89, 0xf0,                                  // mov r8,rsi
        0x49, 0x8b, 0x00,                                  // mov rax,qword [r8]
        0x49, 0x8b, 0x50, 0x08,                            // mov rdx,qword [r8+0x8]
        0x49, 0x8b, 0x58, 0x10,                            // mov rbx,qword [r8+0x10]
        0x49, 0x8b, 0x48, 0x18,                            // mov rcx,qword [r8+0x18]
        0xf0, 0x48, 0x0f, 0xc7, 0x0f,                      // cmpxchg16b lock xmmword [rdi]
        0x49, 0x89, 0x00,                                  // mov qword [r8],rax
        0x49, 0x89, 0x50, 0x08,                            // mov qword [r8+0x8],rdx
        0x5b,                                              // pop rbx
        0xc3,                                              // ret
    ];

    /// <summary>Whether this processor and this kernel allow it.</summary>
    public static bool IsAvailable => s_code != 0;

    /// <summary>Writes a value where another one is expected. Only where <see cref="IsAvailable"/>.</summary>
    /// <param name="address">Of 16 bytes that may be written, at a multiple of 16; for those few who may use pointers.</param>
    /// <param name="expected">What must be there for anything to be written.</param>
    /// <param name="value">What is written then.</param>
    /// <returns>What was there.</returns>
    public static unsafe UInt128 CompareExchange(nint address, UInt128 expected, UInt128 value)
    {
        ulong* block = stackalloc ulong[] { (ulong)expected, (ulong)(expected >> 64), (ulong)value, (ulong)(value >> 64) };

        // SAFETY: the code writes the 16 bytes that the caller answers for, and the first half of the block, which lives until it returns.
        ((delegate* unmanaged<nint, ulong*, void>)s_code)(address, block);
        return new UInt128(block[1], block[0]);
    }

    // Every processor that runs .NET has the instruction. The mapping lives as long as the process.
    private static nint Map()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return 0;
        }

        try
        {
            using FileDescriptor file = SpawnImage.MemoryFileOf(Bytes);
            return SpawnImage.MapCode(file);
        }
        catch (LinuxException)
        {
            return 0;
        }
    }
}
