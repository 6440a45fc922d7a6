namespace Hull.Linux;

/// <summary>The machine code of the spawner: what runs between clone and exec, where no managed code may.</summary>
/// <remarks>
/// Four routines for x86-64, position-fixed against <see cref="SpawnLayout"/>. <c>start</c> is the entry point of the
/// spawn image: a loop that executes <see cref="SpawnStep"/>s. <c>spawn</c> is called by the parent: it clones, keeps
/// the descriptors it was given and executes the image. <c>signal</c> is a signal handler that writes the signal's
/// number to a pipe, <c>restore</c> its return path. The bytes were assembled from the listing beside them; a test
/// disassembles them and compares. Register use: ebx is the current step, r12d its load mask.
/// Source: System V AMD64 ABI 1.0 §A.2 (system calls), clone(2), execveat(2), rt_sigaction(2).
/// </remarks>
internal static class SpawnCode
{
    /// <summary>Offset of <c>spawn</c>: the parent's call, see <see cref="SpawnImage"/>.</summary>
    internal const int SpawnOffset = 0x110;

    /// <summary>Offset of <c>signal</c>: a handler that writes the signal's number to a pipe.</summary>
    internal const int SignalOffset = 0x1c0;

    /// <summary>Offset of the 32-bit descriptor number inside <c>signal</c> that is patched before the image is sealed.</summary>
    internal const int SignalDescriptorOffset = 0x1ca;

    /// <summary>Offset of <c>restore</c>: rt_sigreturn.</summary>
    internal const int RestoreOffset = 0x1e0;

    /// <summary>The code, byte by byte.</summary>
    internal static ReadOnlySpan<byte> Bytes =>
    [
        // start:
        0xbb, 0x00, 0x00, 0x60, 0x00,                      // mov ebx,0x600000
        // step:
        0x44, 0x8b, 0x63, 0x08,                            // mov r12d,dword [rbx+0x8]
        0x31, 0xc9,                                        // xor ecx,ecx
        // argument:
        0x48, 0x8b, 0x54, 0xcb, 0x10,                      // mov rdx,qword [rbx+rcx*8+0x10]
        0x41, 0x0f, 0xa3, 0xcc,                            // bt r12d,ecx
        0x73, 0x03,                                        // jae resolved
        0x48, 0x8b, 0x12,                                  // mov rdx,qword [rdx]
        // resolved:
        0x48, 0x89, 0x14, 0xcd, 0x20, 0x00, 0x70, 0x00,    // mov qword [rcx*8+0x700020],rdx
        0xff, 0xc1,                                        // inc ecx
        0x83, 0xf9, 0x06,                                  // cmp ecx,0x6
        0x75, 0xe3,                                        // jne argument
        0x48, 0x8b, 0x3c, 0x25, 0x20, 0x00, 0x70, 0x00,    // mov rdi,qword 0x700020
        0x48, 0x8b, 0x34, 0x25, 0x28, 0x00, 0x70, 0x00,    // mov rsi,qword 0x700028
        0x48, 0x8b, 0x14, 0x25, 0x30, 0x00, 0x70, 0x00,    // mov rdx,qword 0x700030
        0x4c, 0x8b, 0x14, 0x25, 0x38, 0x00, 0x70, 0x00,    // mov r10,qword 0x700038
        0x4c, 0x8b, 0x04, 0x25, 0x40, 0x00, 0x70, 0x00,    // mov r8,qword 0x700040
        0x4c, 0x8b, 0x0c, 0x25, 0x48, 0x00, 0x70, 0x00,    // mov r9,qword 0x700048
        0x83, 0x3b, 0x01,                                  // cmp dword [rbx],0x1
        0x74, 0x2c,                                        // je check
        0x77, 0x3a,                                        // ja store
        0x8b, 0x43, 0x04,                                  // mov eax,dword [rbx+0x4]
        0x0f, 0x05,                                        // syscall
        0x48, 0x3d, 0x00, 0xf0, 0xff, 0xff,                // cmp rax,0xfffffffffffff000
        0x77, 0x3b,                                        // ja error
        0x8b, 0x4b, 0x0c,                                  // mov ecx,dword [rbx+0xc]
        0x85, 0xc9,                                        // test ecx,ecx
        0x74, 0x03,                                        // je advance
        0x48, 0x89, 0x01,                                  // mov qword [rcx],rax
        // advance:
        0x8b, 0x4b, 0x5c,                                  // mov ecx,dword [rbx+0x5c]
        0x85, 0xc9,                                        // test ecx,ecx
        0x75, 0x05,                                        // jne goto
        0x83, 0xc3, 0x60,                                  // add ebx,0x60
        0xeb, 0x83,                                        // jmp step
        // goto:
        0x89, 0xcb,                                        // mov ebx,ecx
        0xe9, 0x7c, 0xff, 0xff, 0xff,                      // jmp step
        // check:
        0x48, 0x8b, 0x07,                                  // mov rax,qword [rdi]
        0x48, 0x21, 0xf0,                                  // and rax,rsi
        0x48, 0x39, 0xd0,                                  // cmp rax,rdx
        0x74, 0xe2,                                        // je advance
        0x4c, 0x89, 0xd0,                                  // mov rax,r10
        0xeb, 0x1a,                                        // jmp failed
        // store:
        0x83, 0xfa, 0x04,                                  // cmp edx,0x4
        0x74, 0x05,                                        // je store4
        0x48, 0x89, 0x37,                                  // mov qword [rdi],rsi
        0xeb, 0xd3,                                        // jmp advance
        // store4:
        0x89, 0x37,                                        // mov dword [rdi],esi
        0xeb, 0xcf,                                        // jmp advance
        // error:
        0x48, 0xf7, 0xd8,                                  // neg rax
        0x83, 0xf8, 0x04,                                  // cmp eax,0x4
        0x0f, 0x84, 0x52, 0xff, 0xff, 0xff,                // je step
        // failed:
        0x8b, 0x4b, 0x44,                                  // mov ecx,dword [rbx+0x44]
        0x3b, 0x43, 0x40,                                  // cmp eax,dword [rbx+0x40]
        0x74, 0xc7,                                        // je goto
        0x8b, 0x4b, 0x4c,                                  // mov ecx,dword [rbx+0x4c]
        0x3b, 0x43, 0x48,                                  // cmp eax,dword [rbx+0x48]
        0x74, 0xbf,                                        // je goto
        0x8b, 0x4b, 0x54,                                  // mov ecx,dword [rbx+0x54]
        0x3b, 0x43, 0x50,                                  // cmp eax,dword [rbx+0x50]
        0x74, 0xb7,                                        // je goto
        0x8b, 0x4b, 0x58,                                  // mov ecx,dword [rbx+0x58]
        0x85, 0xc9,                                        // test ecx,ecx
        0x75, 0xb0,                                        // jne goto
        0x48, 0x89, 0x1c, 0x25, 0x08, 0x00, 0x70, 0x00,    // mov qword 0x700008,rbx
        0x48, 0x89, 0x04, 0x25, 0x10, 0x00, 0x70, 0x00,    // mov qword 0x700010,rax
        0x8b, 0x3c, 0x25, 0x18, 0x00, 0x70, 0x00,          // mov edi,dword 0x700018
        0xbe, 0x00, 0x00, 0x70, 0x00,                      // mov esi,0x700000
        0xba, 0x18, 0x00, 0x00, 0x00,                      // mov edx,0x18
        0xb8, 0x01, 0x00, 0x00, 0x00,                      // mov eax,0x1
        0x0f, 0x05,                                        // syscall
        0xbf, 0x01, 0x00, 0x00, 0x00,                      // mov edi,0x1
        0xb8, 0xe7, 0x00, 0x00, 0x00,                      // mov eax,0xe7
        0x0f, 0x05,                                        // syscall
        0xf4,                                              // hlt
        0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, // padding
        // spawn:
        0x53,                                              // push rbx
        0x41, 0x54,                                        // push r12
        0x48, 0x89, 0xfb,                                  // mov rbx,rdi
        0xbf, 0x02, 0x00, 0x00, 0x00,                      // mov edi,0x2
        0x48, 0x8d, 0x73, 0x60,                            // lea rsi,[rbx+0x60]
        0x48, 0x8d, 0x53, 0x58,                            // lea rdx,[rbx+0x58]
        0x41, 0xba, 0x08, 0x00, 0x00, 0x00,                // mov r10d,0x8
        0xb8, 0x0e, 0x00, 0x00, 0x00,                      // mov eax,0xe
        0x0f, 0x05,                                        // syscall
        0x48, 0x89, 0xdf,                                  // mov rdi,rbx
        0xbe, 0x58, 0x00, 0x00, 0x00,                      // mov esi,0x58
        0xb8, 0xb3, 0x01, 0x00, 0x00,                      // mov eax,0x1b3
        0x0f, 0x05,                                        // syscall
        0x48, 0x85, 0xc0,                                  // test rax,rax
        0x74, 0x22,                                        // je child
        0x49, 0x89, 0xc4,                                  // mov r12,rax
        0xbf, 0x02, 0x00, 0x00, 0x00,                      // mov edi,0x2
        0x48, 0x8d, 0x73, 0x58,                            // lea rsi,[rbx+0x58]
        0x31, 0xd2,                                        // xor edx,edx
        0x41, 0xba, 0x08, 0x00, 0x00, 0x00,                // mov r10d,0x8
        0xb8, 0x0e, 0x00, 0x00, 0x00,                      // mov eax,0xe
        0x0f, 0x05,                                        // syscall
        0x4c, 0x89, 0xe0,                                  // mov rax,r12
        0x41, 0x5c,                                        // pop r12
        0x5b,                                              // pop rbx
        0xc3,                                              // ret
        // child:
        0x44, 0x8b, 0xa3, 0xa0, 0x00, 0x00, 0x00,          // mov r12d,dword [rbx+0xa0]
        // keep:
        0x41, 0xff, 0xcc,                                  // dec r12d
        0x78, 0x18,                                        // js enter
        0x42, 0x8b, 0xbc, 0xa3, 0xa4, 0x00, 0x00, 0x00,    // mov edi,dword [rbx+r12*4+0xa4]
        0xbe, 0x02, 0x00, 0x00, 0x00,                      // mov esi,0x2
        0x31, 0xd2,                                        // xor edx,edx
        0xb8, 0x48, 0x00, 0x00, 0x00,                      // mov eax,0x48
        0x0f, 0x05,                                        // syscall
        0xeb, 0xe3,                                        // jmp keep
        // enter:
        0x8b, 0x7b, 0x6c,                                  // mov edi,dword [rbx+0x6c]
        0x48, 0x8d, 0xb3, 0x88, 0x00, 0x00, 0x00,          // lea rsi,[rbx+0x88]
        0x48, 0x8d, 0x53, 0x70,                            // lea rdx,[rbx+0x70]
        0x4c, 0x8d, 0x93, 0x80, 0x00, 0x00, 0x00,          // lea r10,[rbx+0x80]
        0x41, 0xb8, 0x00, 0x10, 0x00, 0x00,                // mov r8d,0x1000
        0xb8, 0x42, 0x01, 0x00, 0x00,                      // mov eax,0x142
        0x0f, 0x05,                                        // syscall
        0xf7, 0xd8,                                        // neg eax
        0x89, 0x43, 0x68,                                  // mov dword [rbx+0x68],eax
        0xbf, 0x7f, 0x00, 0x00, 0x00,                      // mov edi,0x7f
        0xb8, 0xe7, 0x00, 0x00, 0x00,                      // mov eax,0xe7
        0x0f, 0x05,                                        // syscall
        0xf4,                                              // hlt
        0xcc, 0xcc, // padding
        // signal:
        0x57,                                              // push rdi
        0x48, 0x89, 0xe6,                                  // mov rsi,rsp
        0xba, 0x01, 0x00, 0x00, 0x00,                      // mov edx,0x1
        0xbf, 0xff, 0xff, 0xff, 0x7f,                      // mov edi,0x7fffffff
        0xb8, 0x01, 0x00, 0x00, 0x00,                      // mov eax,0x1
        0x0f, 0x05,                                        // syscall
        0x5f,                                              // pop rdi
        0xc3,                                              // ret
        0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, // padding
        // restore:
        0xb8, 0x0f, 0x00, 0x00, 0x00,                      // mov eax,0xf
        0x0f, 0x05,                                        // syscall
        0xf4,                                              // hlt
    ];
}
