namespace Hull.Linux;

/// <summary>The machine code of <see cref="IdleWait"/>: gives pages back and waits, outside the pages it gives back.</summary>
/// <remarks>
/// One routine for x86-64, position-independent. It takes the address of a block of 64-bit words: epoll descriptor, events,
/// their number, timeout, number of ranges, then address and length of each range; it returns what epoll_wait(2) returns.
/// The bytes were assembled from the listing beside them; a test disassembles them and compares.
/// Source: System V AMD64 ABI 1.0 §3.2.1 (registers), §A.2 (system calls: 28 is madvise, 232 is epoll_wait).
/// </remarks>
internal static class IdleCode
{
    /// <summary>The code, byte by byte.</summary>
    internal static ReadOnlySpan<byte> Bytes =>
    [
        0x49, 0x89, 0xf8,                                  // mov r8,rdi
        0x4d, 0x8b, 0x48, 0x20,                            // mov r9,qword [r8+0x20]
        0x4d, 0x8d, 0x50, 0x28,                            // lea r10,[r8+0x28]
        // next:
        0x4d, 0x85, 0xc9,                                  // test r9,r9
        0x74, 0x1c,                                        // je wait
        0x49, 0x8b, 0x3a,                                  // mov rdi,qword [r10]
        0x49, 0x8b, 0x72, 0x08,                            // mov rsi,qword [r10+0x8]
        0xba, 0x04, 0x00, 0x00, 0x00,                      // mov edx,0x4
        0xb8, 0x1c, 0x00, 0x00, 0x00,                      // mov eax,0x1c
        0x0f, 0x05,                                        // syscall
        0x49, 0x83, 0xc2, 0x10,                            // add r10,0x10
        0x49, 0xff, 0xc9,                                  // dec r9
        0xeb, 0xdf,                                        // jmp next
        // wait:
        0x49, 0x8b, 0x38,                                  // mov rdi,qword [r8]
        0x49, 0x8b, 0x70, 0x08,                            // mov rsi,qword [r8+0x8]
        0x49, 0x8b, 0x50, 0x10,                            // mov rdx,qword [r8+0x10]
        0x4d, 0x8b, 0x50, 0x18,                            // mov r10,qword [r8+0x18]
        0xb8, 0xe8, 0x00, 0x00, 0x00,                      // mov eax,0xe8
        0x0f, 0x05,                                        // syscall
        0xc3,                                              // ret
    ];
}
