.intel_syntax noprefix
.set SHARED, 0x5A1740000000
.set CODE, 0x20000000
.set DATA, 0x20010000
.set INIT, 0x1000
.set CODEOFF, 0x4000
.set IN, 0x8000
.set OUT, 0x48000
.set MEMOUT, 0x88000
.set STACK, 0x288000
.set SIZE, 0x298000
.text
start:
  movabs rbx, SHARED
  mov rdi, rbx
  mov esi, SIZE
  mov edx, 3
  mov r10d, 0x8011
  mov r8d, 3
  xor r9d, r9d
  mov eax, 9
  syscall
  mov edi, CODE
  mov esi, 0x4000
  mov edx, 5
  mov r9d, CODEOFF
  mov eax, 9
  syscall
  mov edi, DATA+0x2000
  mov esi, 0x1000
  mov edx, 1
  mov r9d, INIT+0x2000
  mov eax, 9
  syscall
  mov edi, DATA
  mov esi, 0x2000
  mov edx, 3
  mov r10d, 0x8032
  mov r8, -1
  xor r9d, r9d
  mov eax, 9
  syscall
  lea rdi, [rip+altstack]
  xor esi, esi
  mov eax, 131
  syscall
  lea rbp, [rip+signals]
actions:
  movzx edi, byte ptr [rbp]
  test edi, edi
  jz limits
  lea rsi, [rip+action]
  xor edx, edx
  mov r10d, 8
  mov eax, 13
  syscall
  inc rbp
  jmp actions
limits:
  # segments of 16 bits and with limits: what the system refused first stays in the file
  lea rbp, [rip+segments]
segment:
  mov edi, 0x11
  mov rsi, rbp
  mov edx, 16
  mov eax, 154
  syscall
  or [rbx+12], eax
  add rbp, 16
  cmp dword ptr [rbp], 0
  jne segment
  mov edi, 1
  lea rsi, [rip+interval]
  xor edx, edx
  mov eax, 38
  syscall
  mov edi, 1
  mov esi, 9
  mov eax, 157
  syscall
  mov edi, 38
  mov esi, 1
  xor edx, edx
  xor r10d, r10d
  xor r8d, r8d
  mov eax, 157
  syscall
  mov edi, 22
  mov esi, 2
  lea rdx, [rip+filter]
  mov eax, 157
  syscall
  test eax, eax
  jnz stop
wait:
  movabs rbx, SHARED
  xor edi, edi
  lea rsi, [rbx+8]
  mov edx, 1
  xor eax, eax
  syscall
  cmp rax, 1
  jne stop
  mov dword ptr [rbx], -1
  int3
done:
  movabs rbx, SHARED
  mov edi, 1
  lea rsi, [rbx+8]
  mov edx, 1
  mov eax, 1
  syscall
  jmp wait
stop:
  xor edi, edi
  mov eax, 231
  syscall
  hlt
handler:
  movabs rbx, SHARED
  mov r12, rdx
  mov r14, [r12+224]
  movsxd r13, dword ptr [rbx]
  test r13d, r13d
  js next
  mov r15, r13
  shl r15, 10
  lea r15, [rbx+r15+OUT]
  mov [r15+184], rdi
  lea rsi, [r12+40]
  mov rdi, r15
  mov ecx, 23
  rep movsq
  rdfsbase rax
  mov [r15+192], rax
  rdgsbase rax
  mov [r15+200], rax
  mov [r15+208], ds
  mov [r15+210], es
  mov [r15+212], fs
  mov [r15+214], gs
  mov rax, [r14+512]
  mov [r15+216], rax
  lea rdi, [r15+224]
  mov rsi, r14
  mov ecx, 52
  rep movsq
  lea rsi, [r14+576]
  mov ecx, 32
  rep movsq
  mov rdi, r13
  shl rdi, 13
  lea rdi, [rbx+rdi+MEMOUT]
  mov esi, DATA
  mov ecx, 1024
  rep movsq
next:
  inc r13
  mov [rbx], r13d
  cmp r13d, [rbx+4]
  jge finished
  lea rsi, [rbx+INIT]
  mov edi, DATA
  mov ecx, 1024
  rep movsq
  mov r15, r13
  shl r15, 10
  lea r15, [rbx+r15+IN]
  mov rsi, r15
  lea rdi, [r12+40]
  mov ecx, 19
  rep movsq
  xor eax, eax
  mov [r12+296], rax
  lea rsi, [r15+224]
  mov rdi, r14
  mov ecx, 52
  rep movsq
  lea rdi, [r14+576]
  mov ecx, 32
  rep movsq
  mov rax, [r15+216]
  mov [r14+512], rax
  mov eax, fs
  cmp ax, [r15+212]
  je 1f
  mov fs, [r15+212]
1: mov eax, gs
  cmp ax, [r15+214]
  je 2f
  mov gs, [r15+214]
2: mov rax, [r15+192]
  wrfsbase rax
  mov rax, [r15+200]
  wrgsbase rax
  mov eax, ds
  cmp ax, [r15+208]
  je 3f
  mov ds, [r15+208]
3: mov eax, es
  cmp ax, [r15+210]
  je 4f
  mov es, [r15+210]
4: ret
finished:
  mov dword ptr [rbx], -1
  lea rax, [rip+done]
  mov [r12+40+128], rax
  mov qword ptr [r12+40+136], 2
  mov word ptr [r12+40+144], 0x33
  mov word ptr [r12+40+150], 0x2b
  mov eax, 0x2000000
  mov [r12+296], rax
  mov dword ptr [r14+24], 0x1f80
  ret
restore:
  # the frame gives back the status flags only: NT, ID and IOPL would stay as the case left them
  push 0x202
  popfq
  mov eax, 15
  syscall
  hlt
.balign 8
altstack: .quad SHARED+STACK, 0, SIZE-STACK
action: .quad handler_address, 0x0C000004, restore_address, -1
interval: .quad 0, 50000, 0, 50000
filter: .quad 10, filter_address
program:
 .byte 0x20,0,0,0, 12,0,0,0
 .byte 0x15,0,0,7, 0x17,0x5A,0,0
 .byte 0x20,0,0,0, 0,0,0,0
 .byte 0x15,0,4,0, 0,0,0,0
 .byte 0x15,0,3,0, 1,0,0,0
 .byte 0x15,0,2,0, 15,0,0,0
 .byte 0x15,0,1,0, 231,0,0,0
 .byte 0x06,0,0,0, 0,0,3,0
 .byte 0x06,0,0,0, 0,0,0xff,0x7f
 .byte 0x06,0,0,0, 0,0,3,0
# struct user_desc; flags: 1 seg_32bit, 2-6 contents, 8 read_exec_only, 16 limit_in_pages, 32 seg_not_present, 64 useable
segments:
 .long 1, CODE, 0x3FFF, 0x04
 .long 2, CODE, 0x3FFF, 0x05
 .long 3, DATA, 0xFFFF, 0x00
 .long 4, DATA, 0x2FFF, 0x01
 .long 5, DATA, 0x07FF, 0x02
 .long 6, DATA, 0x07FF, 0x03
 .long 7, DATA, 0x1FFF, 0x08
 .long 8, CODE, 0x3FFF, 0x0C
 .long 9, CODE, 0x3FFF, 0x27
 .long 10, DATA, 0x1FFF, 0x21
 .long 11, DATA, 0x0001, 0x51
 .long 0
signals: .byte 4,5,7,8,11,26,31,0
.set BASE, 0x5A173C000200
.set handler_address, BASE + (handler - start)
.set restore_address, BASE + (restore - start)
.set filter_address, BASE + (program - start)
