; Random far transfers and task switches in 32-bit protected mode, one line of results each on port E9h.
; The same program runs on two processors; what they print is compared.
%ifndef FIRST
%define FIRST 1
%endif
%ifndef COUNT
%define COUNT 2000
%endif
GDT     equ 0x10000
LDT     equ 0x11000
IDT     equ 0x12000
T0      equ 0x13000
T1      equ 0x13100
T2      equ 0x13200
HANDLER equ 0x14000             ; 33 task states of 128 bytes each
BUFFER  equ 0x1F000
STACKS  equ 0x20000
TOP     equ 0x28000
SECTORS equ 24
start:  cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7C00
        mov di, 1
        mov bx, 0x7E00
        cmp dword [mark], 'HULL'
        je loaded
.read:  mov ax, di
        xor dx, dx
        mov cx, 18
        div cx
        mov cl, dl
        inc cl
        xor dx, dx
        mov si, 2
        div si
        mov ch, al
        mov dh, dl
        mov dl, 0
        mov ax, 0x0201
        int 0x13
        add bx, 512
        inc di
        cmp di, SECTORS
        jb .read
loaded: cli
        mov al, 0xFF
        out 0x21, al
        out 0xA1, al
        lgdt [bootgdtr]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword 8:protected
        times 510 - ($ - $$) db 0
        dw 0xAA55
        bits 32
protected:
        mov ax, 0x10
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, TOP
        mov dword [number], FIRST
        ; whoever runs on into nothing meets INT3
        mov al, 0xCC
        mov edi, 0x1000
        mov ecx, 0x6C00
        rep stosb
        mov edi, $$ + SECTORS * 512
        mov ecx, 0x10000 - ($$ + SECTORS * 512)
        rep stosb
        jmp case

; eax = a random number
random: mov eax, [seed]
        mov edx, eax
        shl edx, 13
        xor eax, edx
        mov edx, eax
        shr edx, 17
        xor eax, edx
        mov edx, eax
        shl edx, 5
        xor eax, edx
        mov [seed], eax
        imul eax, eax, 0x9E3779B1
        shr eax, 3
        ret
; eax = random below ecx
below:  call random
        xor edx, edx
        div ecx
        mov eax, edx
        ret

; eax = a selector
selector:
        mov ecx, SELECTORS
        call below
        movzx ebx, word [selectors + eax * 2]
        mov ecx, 3
        call below
        test eax, eax
        jz .any
        mov eax, [ring]
        or eax, ebx
        ret
.any:   call random
        and eax, 3
        or eax, ebx
        ret

case:   mov ax, 0x10
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, TOP
        push dword 2
        popfd
        mov eax, [number]
        cmp eax, FIRST + COUNT
        jae finish
        imul eax, eax, 0x2545F491
        xor eax, 0x6C078965
        mov [seed], eax
        call random
        call random
        ; tables as they were
        xor eax, eax
        mov edi, 0
        mov ecx, 0x400
        rep stosd
        mov edi, STACKS
        mov ecx, 0x400
        rep stosd
        mov edi, BUFFER
        mov ecx, 0x20
        rep stosd
        mov edi, GDT
        mov ecx, 0x1400
        rep stosd
        mov esi, tables
        mov edi, GDT
        mov ecx, (tablesend - tables) / 4
        rep movsd
        mov esi, localtable
        mov edi, LDT
        mov ecx, (localend - localtable) / 4
        rep movsd
        mov esi, task0
        mov edi, T0
        mov ecx, 26
        rep movsd
        mov esi, task1
        mov edi, T1
        mov ecx, 26
        rep movsd
        mov esi, task2
        mov edi, T2
        mov ecx, 11
        rep movsd
        ; handlers
        xor ebx, ebx
.hand:  mov eax, ebx
        shl eax, 7
        add eax, HANDLER
        mov dword [eax + 0x20], stubs
        mov edx, ebx
        shl edx, 3
        add [eax + 0x20], edx
        mov dword [eax + 0x24], 2
        mov dword [eax + 0x38], TOP
        mov dword [eax + 0x48], 0x10
        mov dword [eax + 0x4C], 8
        mov dword [eax + 0x50], 0x10
        mov dword [eax + 0x54], 0x10
        mov word [eax + 0x66], 104
        mov edx, eax
        shl edx, 16
        or edx, 0x67
        mov [GDT + 0x200 + ebx * 8], edx
        mov dword [GDT + 0x204 + ebx * 8], 0x8901
        lea edx, [ebx * 8 + 0x200]
        shl edx, 16
        mov [IDT + ebx * 8], edx
        mov dword [IDT + 4 + ebx * 8], 0x8500
        inc ebx
        cmp ebx, 33
        jb .hand
        mov dword [IDT + 0x40 * 8], 0x3000000
        mov dword [IDT + 0x40 * 8 + 4], 0xE500
        mov esi, gates
        mov edi, IDT + 0x41 * 8
        mov ecx, GATES * 2
        rep movsd
        lgdt [gdtr]
        lidt [idtr]
        xor eax, eax
        mov dr6, eax
        mov dr7, eax
        mov ax, 0x80
        lldt ax
        mov ax, 0x18
        ltr ax
        mov ecx, 4
        call below
        movzx eax, byte [rings + eax]
        mov [ring], eax
        mov ecx, 5
        call below
        mov ebp, eax
.next:  dec ebp
        js .mutated
        call mutate
        jmp .next
.mutated:
        call compose
        mov edx, [ring]
        imul eax, edx, 0x400
        add eax, STACKS + 0x400
        movzx ecx, word [stacks + edx * 2]
        movzx ebx, word [codes + edx * 2]
        mov di, [datas + edx * 2]
        cmp edx, 0
        je .same
        push ecx
        push eax
        push dword 2
        push ebx
        push dword BUFFER
        jmp .go
.same:  mov ss, cx
        mov esp, eax
        push dword 2
        push ebx
        push dword BUFFER
.go:    mov es, di
        mov fs, di
        mov gs, di
        mov ds, di
        mov eax, 0x11111111
        mov ebx, 0x22222222
        mov ecx, 0x33333333
        mov edx, 0x44444444
        mov esi, 0x55555555
        mov edi, 0x66666666
        mov ebp, 0x77777777
        iretd

mutate: mov ecx, 10
        call below
        jmp [mutations + eax * 4]
; any byte that holds a descriptor's kind
.kind:  mov ecx, DESCRIPTORS
        call below
        lea edi, [GDT + 0x20 + eax * 8 + 5]
        call random
        test al, 1
        jz .bit
        mov [edi], ah
        ret
.bit:   shr eax, 8
        and eax, 7
        btc [edi], eax
        ret
.local: mov ecx, (localend - localtable) / 8
        call below
        lea edi, [LDT + eax * 8 + 5]
        call random
        and eax, 7
        btc [edi], eax
        ret
.wide:  mov ecx, DESCRIPTORS
        call below
        call .size
        ret
.size:  lea edi, [GDT + 0x20 + eax * 8 + 6]
        mov ecx, 2
        call below
        add eax, 6
        btc [edi], eax
        ret
.limit: mov ecx, DESCRIPTORS
        call below
        lea edi, [GDT + 0x20 + eax * 8]
        mov ecx, LIMITS
        call below
        mov ax, [limits + eax * 2]
        mov [edi], ax
        and byte [edi + 6], 0x70
        ret
.tss:   mov ecx, 7
        call below
        lea edi, [T1 + 0x48 + eax * 4]
        call selector
        mov [edi], ax
        ret
.narrow:
        mov ecx, 5
        call below
        lea edi, [T2 + 0x22 + eax * 2]
        call selector
        mov [edi], ax
        ret
.flags: call random
        and eax, 0x277FD7
        test edx, 1
        jnz .both
        and eax, 0x4ED5
.both:  mov [T1 + 0x24], eax
        mov [T2 + 0x10], ax
        ret
.stack: mov ecx, 3
        call below
        lea edi, [T0 + 8 + eax * 8]
        call selector
        mov [edi], ax
        call random
        and eax, 0xFFF
        or eax, STACKS
        test ah, 1
        jz .done
        mov [edi - 4], eax
.done:  ret
.gate:  mov ecx, GATEPLACES
        call below
        mov edi, [gateplaces + eax * 4]
        call random
        test al, 3
        jz .count
        call selector
        mov [edi + 2], ax
        ret
.count: mov [edi + 4], ah
        test al, 4
        jz .done
        mov byte [edi + 1], 0xFF        ; beyond small limits
        ret
.misc:  call selector
        mov [T0], ax                    ; the link back
        mov ecx, 4
        call below
        cmp eax, 1
        jb .done
        je .trap
        cmp eax, 3
        je .entry
        call selector
        mov [T1], ax
        ret
.trap:  mov byte [T1 + 0x64], 1
        ret
.entry: mov dword [T1 + 0x20], back
        mov word [T2 + 0x0E], back
        ret

; the instruction of this case, then INT 40h
compose:
        mov edi, BUFFER
        mov ecx, KINDS
        call below
        jmp [kinds + eax * 4]
.end:   mov ax, 0x40CD
        stosw
        ret
.narrow:
        mov al, 0x66
        stosb
        call random
        mov byte [edi], 0x9A
        test al, 1
        jz .op
        mov byte [edi], 0xEA
.op:    inc edi
        mov ax, service
        stosw
        call selector
        stosw
        jmp .end
.far:   call random
        mov byte [edi], 0x9A
        test al, 1
        jz .wide
        mov byte [edi], 0xEA
.wide:  inc edi
        mov eax, service
        stosd
        call selector
        stosw
        jmp .end
.int:   mov ecx, GATES
        call below
        mov ah, al
        add ah, 0x41
        mov al, 0xCD
        stosw
        jmp .end
.nested:
        mov esi, nested
        mov ecx, nestedend - nested
        rep movsb
        jmp .end
.retf:  call pushes
        call random
        test al, 1
        jz .plain
        mov al, 0xCA
        stosb
        mov ax, 8
        stosw
        jmp .end
.plain: mov al, 0xCB
        stosb
        jmp .end
.iret:  call pushes
        mov al, 0xCF
        stosb
        jmp .end
.load:  mov al, 0xB8
        stosb
        call selector
        stosd
        mov ecx, 5
        call below
        movzx edx, byte [sregs + eax]
        mov al, 0x8E
        mov ah, dl
        stosw
        jmp .end
.table: mov al, 0xB8
        stosb
        call selector
        stosd
        mov ax, 0x000F
        stosw
        call random
        and al, 0x08
        or al, 0xD0
        stosb
        jmp .end

; push SS, ESP, EFLAGS or a word, CS, EIP
pushes: mov al, 0x68
        stosb
        call selector
        stosd
        mov al, 0x68
        stosb
        call random
        and eax, 0xFFC
        or eax, STACKS
        stosd
        call random
        test al, 3
        jnz .flags
        mov al, 0x68                    ; two more words
        stosb
        stosd
        mov al, 0x68
        stosb
        stosd
.flags: call random
        test al, 1
        jz .none
        mov byte [edi], 0x68
        inc edi
        and eax, 0x254ED5
        stosd
.none:  mov al, 0x68
        stosb
        call selector
        stosd
        mov al, 0x68
        stosb
        mov eax, service
        stosd
        ret

nested: pushfd
        or dword [esp], 0x4000
        popfd
        iretd
nestedend:

service:
        int 0x40
back:   iretd
        int 0x40

stubs:
%assign i 0
%rep 33
        push byte i
        jmp near report
        align 8
%assign i i + 1
%endrep

report: mov ebx, [esp]
        mov ebp, -1
        cmp esp, TOP - 8
        jne .none
        mov ebp, [esp + 4]
.none:  mov eax, [number]
        call hex
        mov eax, ebx
        call hex
        mov eax, ebp
        call hex
        mov eax, ebx
        shl eax, 7
        movzx esi, word [HANDLER + eax]
        mov eax, esi
        call hex
        and esi, ~7
        mov ecx, 26
        mov edi, T1
        cmp esi, 0x70
        je .dump
        mov ecx, 11
        mov edi, T2
        cmp esi, 0x78
        je .dump
        mov ecx, 26
        mov edi, T0
.dump:  mov eax, [edi]
        add edi, 4
        call hex
        loop .dump
        mov eax, dr6
        call hex
        mov esi, GDT + 0x1D
        mov ecx, 5
        call kinds4
        mov esi, LDT + 5
        mov ecx, 2
        call kinds4
        mov esi, 0
        mov ecx, 0x400
        call sum
        mov esi, STACKS
        mov ecx, 0x400
        call sum
        mov esi, T0
        mov ecx, 0xC0
        call sum
        mov al, 10
        out 0xE9, al
        inc dword [number]
        jmp case

; the kinds of four descriptors in each word
kinds4: mov edx, 4
.one:   shl eax, 8
        mov al, [esi]
        add esi, 8
        dec edx
        jnz .one
        call hex
        loop kinds4
        ret
sum:    xor eax, eax
.more:  rol eax, 5
        add eax, [esi]
        imul eax, eax, 0x01000193
        add esi, 4
        loop .more
hex:    push ecx
        push eax
        mov ecx, 8
.digit: rol eax, 4
        push eax
        and eax, 15
        mov al, [digits + eax]
        out 0xE9, al
        pop eax
        loop .digit
        mov al, 32
        out 0xE9, al
        pop eax
        pop ecx
        ret

finish: mov esi, goodbye
        mov ecx, 8
        mov edx, 0x8900
.out:   lodsb
        out dx, al
        loop .out
        cli
        hlt
        jmp finish

digits: db "0123456789ABCDEF"
goodbye: db "Shutdown"
rings:  db 0, 3, 3, 1
sregs:  db 0xC0, 0xD0, 0xD8, 0xE0, 0xE8
        align 4
stacks: dw 0x30, 0x49, 0, 0x3B
codes:  dw 0x20, 0x41, 0, 0x2B
datas:  dw 0x38, 0x38, 0, 0x38
selectors:
        dw 0x20, 0x28, 0x30, 0x38, 0x40, 0x48, 0x50, 0x58, 0x58, 0x58, 0x60, 0x60, 0x68, 0x68, 0x68, 0x70, 0x70, 0x70, 0x78, 0x78, 0x78, 0x80, 0x88, 0x90
        dw 0x98, 0xA0, 0xA8, 0xB0, 0, 0x18, 0x3F8, 0x400, 0x04, 0x0C, 0x14, 0x1C, 0x24, 0x2C, 0x104
SELECTORS equ ($ - selectors) / 2
limits: dw 0x66, 0x67, 0x68, 0x2A, 0x2B, 0x2C, 0x29, 0xFFFF, 0x7000, 0
LIMITS  equ ($ - limits) / 2
        align 4
mutations:
        dd mutate.kind, mutate.local, mutate.wide, mutate.limit, mutate.tss, mutate.narrow, mutate.flags, mutate.stack, mutate.gate, mutate.misc
gateplaces:
        dd GDT + 0x58, GDT + 0x60, GDT + 0x68, IDT + 0x41 * 8, IDT + 0x42 * 8, IDT + 0x43 * 8, IDT + 0x44 * 8, IDT + 0x45 * 8, LDT + 0x28
GATEPLACES equ ($ - gateplaces) / 4
kinds:  dd compose.far, compose.far, compose.far, compose.far, compose.int, compose.int, compose.narrow, compose.nested, compose.retf, compose.iret, compose.load, compose.table
KINDS   equ ($ - kinds) / 4
number: dd 0
seed:   dd 0
ring:   dd 0
gdtr:   dw 0x3FF
        dd GDT
idtr:   dw 0x2FF
        dd IDT
bootgdtr: dw 0x17
        dd tables
        align 8
%macro descr 3                        ; kind, size, limit
        dw %3, 0
        db 0, %1, %2, 0
%endmacro
%macro gate 4                           ; kind, selector, offset, count
        dw (%3 - $$ + 0x7C00) & 0xFFFF, %2
        db %4, %1
        dw 0
%endmacro
%macro system 3                         ; kind, limit, base
        dw %2, %3 & 0xFFFF
        db %3 >> 16, %1, 0, 0
%endmacro
tables: dq 0
        descr 0x9A, 0xCF, 0xFFFF
        descr 0x92, 0xCF, 0xFFFF
        system 0x89, 0x67, T0
        descr 0x9A, 0xC0, 0x001F      ; 20
        descr 0xFA, 0xC0, 0x001F
        descr 0x92, 0xCF, 0xFFFF      ; 30
        descr 0xF2, 0xCF, 0xFFFF
        descr 0xBA, 0xC0, 0x001F      ; 40
        descr 0xB2, 0xCF, 0xFFFF
        descr 0x9E, 0xC0, 0x001F      ; 50 conforming
        gate 0xEC, 0x20, service, 2     ; 58
        gate 0xE4, 0x88, service, 2     ; 60
        gate 0xE5, 0x70, service, 0     ; 68
        system 0xE9, 0x67, T1           ; 70
        system 0xE1, 0x2B, T2           ; 78
        system 0x82, 0x3F, LDT          ; 80
        descr 0x9A, 0x80, 0x001F      ; 88
        descr 0x92, 0x8F, 0xFFFF      ; 90
        descr 0x96, 0x40, 0x0FFF      ; 98
        descr 0x72, 0xCF, 0xFFFF      ; A0
        descr 0xFA, 0x80, 0x001F      ; A8
        descr 0xF2, 0x8F, 0xFFFF      ; B0
tablesend:
DESCRIPTORS equ (tablesend - tables) / 8 - 4
localtable:
        descr 0x9A, 0xC0, 0x001F
        descr 0x92, 0xCF, 0xFFFF
        descr 0xFA, 0xC0, 0x001F
        descr 0xF2, 0xCF, 0xFFFF
        descr 0xBA, 0xC0, 0x001F
        gate 0xEC, 0x20, service, 1
localend:
gates:  gate 0xEE, 0x20, service, 0     ; 41
        gate 0xE7, 0x88, service, 0
        gate 0xE5, 0x70, service, 0
        gate 0xEF, 0x40, service, 0
        gate 0xE5, 0x78, service, 0
        gate 0xEE, 0x50, service, 0
GATES   equ ($ - gates) / 8
task0:  dd 0, STACKS + 0x400, 0x30, STACKS + 0x800, 0x49, STACKS + 0xC00, 0x3B
        times 18 dd 0
        dd 0x680000
task1:  dd 0, STACKS + 0x500, 0x30, STACKS + 0x900, 0x49, STACKS + 0xD00, 0x3B, 0, service, 2
        dd 0xA1A1A1A1, 0xA2A2A2A2, 0xA3A3A3A3, 0xA4A4A4A4, STACKS + 0xF00, 0xA5A5A5A5, 0xA6A6A6A6, 0xA7A7A7A7
        dd 0x30, 0x20, 0x30, 0x30, 0x38, 0x38, 0x80, 0x680000
task2:  dw 0, 0x500, 0x30, 0x900, 0x49, 0xD00, 0x3B, service, 2
        dw 0xB1B1, 0xB2B2, 0xB3B3, 0xB4B4, 0xF00, 0xB5B5, 0xB6B6, 0xB7B7, 0x30, 0x20, 0x90, 0x30, 0x80
mark:   db "HULL"
        times SECTORS * 512 - ($ - $$) db 0
