; The first process of a container with --init: starts the program, passes signals on to it, reaps orphans, and ends as
; the program ended. Linux x86-64, no library, no data beside its stack: one page of code and one of stack are resident.
; Called as: init -- PROGRAM [ARGUMENT...]. A test assembles this file and compares it with src/control/Hull.Engine/Spec/InitCode.g.cs:
;   nasm -f bin -o init eng/init-x64.asm
; Source: execve(2), rt_sigprocmask(2), rt_sigtimedwait(2), wait4(2), setpgid(2), ioctl_tty(2); ELF-64 Object File Format 1.5.
bits 64
org 0x400000

%define SYS_write 1
%define SYS_rt_sigprocmask 14
%define SYS_ioctl 16
%define SYS_getpid 39
%define SYS_fork 57
%define SYS_execve 59
%define SYS_wait4 61
%define SYS_kill 62
%define SYS_setpgid 109
%define SYS_rt_sigtimedwait 128
%define SYS_exit_group 231
%define SIG_SETMASK 2
%define SIGCHLD 17
%define TIOCSPGRP 0x5410
%define WNOHANG 1
%define ENOENT 2
%define ENOTDIR 20

; The stack frame below the arguments.
%define ALL 0              ; every signal
%define OLD 8              ; the mask at the start
%define STATUS 16
%define GROUP 24
%define REST 32            ; what is left of PATH
%define FILE 64            ; a directory of PATH, a slash and the program
%define PART 4096          ; most bytes of each of the two
%define FRAME 0x2100

header:
    db 0x7f, "ELF", 2, 1, 1, 0
    times 8 db 0
    dw 2, 62
    dd 1
    dq start, segments - $$, 0
    dd 0
    dw 64, 56, 2, 0, 0, 0
segments:
    dd 1, 5                            ; PT_LOAD, read and execute
    dq 0, $$, $$, end - $$, end - $$, 0x1000
    dd 0x6474e551, 6                   ; PT_GNU_STACK, read and write
    dq 0, 0, 0, 0, 0, 16

start:
    mov rbp, rsp
    mov edi, 125
    cmp qword [rbp], 3
    jb exit
    sub rsp, FRAME
    mov qword [rsp + ALL], -1
    mov edi, SIG_SETMASK
    mov rsi, rsp
    lea rdx, [rsp + OLD]
    mov r10d, 8
    mov eax, SYS_rt_sigprocmask
    syscall
    mov eax, SYS_fork
    syscall
    test eax, eax
    jz child
    mov edi, 125
    js exit
    mov r12d, eax

next_signal:
    mov rdi, rsp
    xor esi, esi
    xor edx, edx
    mov r10d, 8
    mov eax, SYS_rt_sigtimedwait
    syscall
    cmp eax, SIGCHLD
    je reap
    test eax, eax
    jle next_signal
    mov esi, eax
    mov edi, r12d
    mov eax, SYS_kill
    syscall
    jmp next_signal

reap:
    mov edi, -1
    lea rsi, [rsp + STATUS]
    mov edx, WNOHANG
    xor r10d, r10d
    mov eax, SYS_wait4
    syscall
    test eax, eax
    jle next_signal
    cmp eax, r12d
    jne reap
    mov eax, [rsp + STATUS]
    mov edi, eax
    and edi, 0x7f
    jz exited
    or edi, 0x80                       ; 128 + the signal that ended it
    jmp exit
exited:
    movzx edi, ah
exit:
    mov eax, SYS_exit_group
    syscall

child:
    ; A process group of its own in the terminal's foreground, so that Ctrl-C reaches the program once, not twice.
    xor edi, edi
    xor esi, esi
    mov eax, SYS_setpgid
    syscall
    mov eax, SYS_getpid
    syscall
    mov [rsp + GROUP], eax
    xor edi, edi
    mov esi, TIOCSPGRP
    lea rdx, [rsp + GROUP]
    mov eax, SYS_ioctl
    syscall
    mov edi, SIG_SETMASK
    lea rsi, [rsp + OLD]
    xor edx, edx
    mov r10d, 8
    mov eax, SYS_rt_sigprocmask
    syscall

    mov rax, [rbp]
    lea r13, [rbp + rax * 8 + 16]      ; environment
    lea r14, [rbp + 24]                ; the program's arguments
    mov r15, [r14]                     ; the program
    mov r9d, ENOENT
    mov rsi, r15
look_for_slash:
    lodsb
    cmp al, '/'
    je has_slash
    test al, al
    jnz look_for_slash

    mov rdx, r13
next_variable:
    mov rsi, [rdx]
    add rdx, 8
    test rsi, rsi
    jz failed
    cmp dword [rsi], 'PATH'
    jne next_variable
    cmp byte [rsi + 4], '='
    jne next_variable
    add rsi, 5

next_directory:
    lea rdi, [rsp + FILE]
    lea r8, [rdi + PART]
copy_directory:
    lodsb
    mov bl, al                         ; ':', or 0 after the last
    test al, al
    jz directory_copied
    cmp al, ':'
    je directory_copied
    cmp rdi, r8
    jae copy_directory
    stosb
    jmp copy_directory
directory_copied:
    mov [rsp + REST], rsi
    mov al, '/'
    stosb
    mov rsi, r15
    lea r8, [rdi + PART]
copy_name:
    lodsb
    stosb
    test al, al
    jz name_copied
    cmp rdi, r8
    jb copy_name
    mov byte [rdi], 0
name_copied:
    lea rdi, [rsp + FILE]
    call execute
    mov rsi, [rsp + REST]
    test bl, bl
    jnz next_directory
    jmp failed

has_slash:
    mov rdi, r15
    call execute

failed:
    mov edi, 2
    mov rsi, prefix
    mov edx, prefix_end - prefix
    mov eax, SYS_write
    syscall
    mov rsi, r15
    xor edx, edx
length:
    cmp byte [rsi + rdx], 0
    je length_known
    inc edx
    jmp length
length_known:
    mov eax, SYS_write
    syscall
    mov rsi, not_found
    mov edx, not_found_end - not_found
    mov ebx, 127
    cmp r9d, ENOENT
    je say
    mov rsi, refused
    mov edx, refused_end - refused
    mov ebx, 126
say:
    mov eax, SYS_write
    syscall
    mov edi, ebx
    jmp exit

; Executes the file rdi names; returns only when that fails. The reason is kept in r9d unless it is "not there".
execute:
    mov rsi, r14
    mov rdx, r13
    mov eax, SYS_execve
    syscall
    neg eax
    cmp eax, ENOENT
    je kept
    cmp eax, ENOTDIR
    je kept
    mov r9d, eax
kept:
    ret

prefix: db "hull-init: '"
prefix_end:
not_found: db "' was not found.", 10
not_found_end:
refused: db "' cannot be executed.", 10
refused_end:
end:
