// Small programs for process 1 of a guest. Each prints "B name" before and "R name checksum" after it ran, so that the host's
// clock times it: a simulated machine's own clock may run at any speed. The kernel passes unknown arguments as environment:
// "bench=name,name" selects programs, "bench=all" runs every one, none of it ends after "USERSPACE".
#define _GNU_SOURCE
#include <emmintrin.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { MEBIBYTE = 1 << 20, PAGE = 4096 };

static uint8_t source[MEBIBYTE], target[MEBIBYTE], large[3 * MEBIBYTE];

#define HIDE() __asm__ volatile("" ::: "memory")

// Integer arithmetic with a multiplication and a data-dependent rotation: a generator of pseudo-random numbers.
static uint64_t integers(uint64_t count)
{
    uint64_t state = 88172645463325252ull, sum = 0;
    for (uint64_t i = 0; i < count; i++)
    {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        sum += (state * 0x2545F4914F6CDD1Dull) >> (state & 31);
        if (state & 64)
        {
            sum ^= i;
        }
    }
    return sum;
}

static uint64_t sieve(uint64_t count)
{
    uint64_t found = 0;
    for (; count > 0; count--)
    {
        memset(target, 1, sizeof target);
        found = 0;
        for (uint32_t i = 2; i < sizeof target; i++)
        {
            if (target[i])
            {
                found++;
                for (uint32_t j = i * 2; j < sizeof target; j += i)
                {
                    target[j] = 0;
                }
            }
        }
    }
    return found;
}

static uint32_t rotate(uint32_t value, int by)
{
    return value >> by | value << (32 - by);
}

// The compression function of SHA-256 with made-up constants: what matters is its mix of instructions.
static void compress(uint32_t hash[8], const uint8_t *block)
{
    uint32_t words[64], v[8];
    for (int i = 0; i < 16; i++)
    {
        words[i] = (uint32_t)block[i * 4] << 24 | block[i * 4 + 1] << 16 | block[i * 4 + 2] << 8 | block[i * 4 + 3];
    }
    for (int i = 16; i < 64; i++)
    {
        uint32_t a = words[i - 15], b = words[i - 2];
        words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[i - 7] + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
    }
    memcpy(v, hash, sizeof v);
    for (uint32_t i = 0; i < 64; i++)
    {
        uint32_t e = v[4], a = v[0];
        uint32_t one = v[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + i * 0x9E3779B9u + words[i];
        uint32_t two = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        v[7] = v[6], v[6] = v[5], v[5] = e, v[4] = v[3] + one, v[3] = v[2], v[2] = v[1], v[1] = a, v[0] = one + two;
    }
    for (int i = 0; i < 8; i++)
    {
        hash[i] += v[i];
    }
}

static uint64_t digest(uint64_t count)
{
    uint32_t hash[8] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    for (; count > 0; count--)
    {
        for (int at = 0; at < 65536; at += 64)
        {
            compress(hash, source + at);
        }
    }
    return hash[0];
}

struct body { double at[3], speed[3], mass; };

// Scalar double precision: bodies that attract each other.
static uint64_t bodies(uint64_t count)
{
    struct body all[5];
    for (int i = 0; i < 5; i++)
    {
        all[i] = (struct body){ { i * 3.7, i * -2.1, i * 0.9 }, { 0.1 * i, 0.6 - 0.1 * i, 0.01 * i }, i == 0 ? 39.47 : 0.01 * i };
    }
    for (; count > 0; count--)
    {
        for (int i = 0; i < 5; i++)
        {
            for (int j = i + 1; j < 5; j++)
            {
                double way[3], square = 0;
                for (int k = 0; k < 3; k++)
                {
                    way[k] = all[i].at[k] - all[j].at[k];
                    square += way[k] * way[k];
                }
                double pull = 0.001 / (square * sqrt(square));
                for (int k = 0; k < 3; k++)
                {
                    all[i].speed[k] -= way[k] * all[j].mass * pull;
                    all[j].speed[k] += way[k] * all[i].mass * pull;
                }
            }
        }
        for (int i = 0; i < 5; i++)
        {
            for (int k = 0; k < 3; k++)
            {
                all[i].at[k] += 0.001 * all[i].speed[k];
            }
        }
    }
    uint64_t bits;
    memcpy(&bits, &all[1].at[0], sizeof bits);
    return bits;
}

static uint64_t extended(uint64_t count)
{
    long double sum = 0, x = 1;
    for (uint64_t i = 1; i <= count; i++)
    {
        x = x * 1.0000001L + 0.5L / (long double)i;
        sum += x;
        if (sum > 1e9L)
        {
            sum -= 1e9L;
        }
    }
    return (uint64_t)sum;
}

static uint64_t vectors(uint64_t count)
{
    __m128i sum = _mm_set1_epi32(1);
    for (; count > 0; count--)
    {
        for (int at = 0; at < 65536; at += 16)
        {
            __m128i value = _mm_loadu_si128((const __m128i *)(source + at));
            sum = _mm_add_epi32(sum, _mm_xor_si128(value, _mm_slli_epi32(sum, 3)));
            sum = _mm_shuffle_epi32(sum, 0x39);
        }
    }
    return (uint64_t)_mm_cvtsi128_si64(sum);
}

__attribute__((noinline)) static uint64_t fibonacci(uint32_t n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

static uint64_t calls(uint64_t count)
{
    uint64_t sum = 0;
    for (; count > 0; count--)
    {
        sum += fibonacci(24);
        HIDE();
    }
    return sum;
}

// Indirect jumps: an interpreter of a byte code, 256 operations a round.
static uint64_t dispatch(uint64_t count)
{
    static const void *const labels[] = { &&add, &&mix, &&multiply, &&turn, &&shrink, &&low, &&twice, &&end };
    static uint8_t code[256];
    uint32_t random = 1;
    for (int i = 0; i < 255; i++)
    {
        random = random * 1103515245 + 12345;
        code[i] = (random >> 16) % 7;
    }
    code[255] = 7;
    uint64_t a = 1, b = 2;
    const uint8_t *at = code;
#define NEXT goto *labels[*at++]
    NEXT;
add: a += b; NEXT;
mix: b ^= a; NEXT;
multiply: a = a * 5 + 1; NEXT;
turn: b = b << 7 | b >> 57; NEXT;
shrink: a -= b >> 3; NEXT;
low: b += a & 0xff; NEXT;
twice: a ^= b << 1; NEXT;
end:
    if (--count)
    {
        at = code;
        NEXT;
    }
    return a ^ b;
}

static uint64_t copy(uint64_t count)
{
    for (; count > 0; count--)
    {
        memcpy(target, source, MEBIBYTE);
        HIDE();
    }
    return target[12345];
}

__attribute__((noinline, optimize("no-tree-vectorize"))) static void words(uint64_t *to, const uint64_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
    {
        to[i] = from[i];
    }
}

static uint64_t wordcopy(uint64_t count)
{
    for (; count > 0; count--)
    {
        words((uint64_t *)target, (const uint64_t *)source, MEBIBYTE / 8);
        HIDE();
    }
    return target[12345];
}

// The same copies between buffers that are no power of two apart, which direct-mapped TLBs like.
enum { APART = MEBIBYTE + 37 * PAGE + MEBIBYTE / 2 };

static uint64_t copyapart(uint64_t count)
{
    for (; count > 0; count--)
    {
        memcpy(large + APART, large, MEBIBYTE);
        HIDE();
    }
    return large[APART + 12345];
}

static uint64_t wordcopyapart(uint64_t count)
{
    for (; count > 0; count--)
    {
        words((uint64_t *)(large + APART), (const uint64_t *)large, MEBIBYTE / 8);
        HIDE();
    }
    return large[APART + 12345];
}

static uint64_t repeat(uint64_t count)
{
    for (; count > 0; count--)
    {
        void *to = target;
        const void *from = source;
        size_t bytes = 65536;
        __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    }
    return target[12345];
}

static void *pages(size_t bytes, int protection)
{
    void *at = mmap(0, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
    {
        puts("mmap failed");
        exit(1);
    }
    madvise(at, bytes, MADV_NOHUGEPAGE);
    return at;
}

// A walk through 8 MiB in an order that no TLB likes.
static uint64_t chase(uint64_t count)
{
    enum { BYTES = 8 * MEBIBYTE, LINES = BYTES / 64 };
    uint64_t *memory = pages(BYTES, PROT_READ | PROT_WRITE), at = 0;
    for (uint64_t i = 0; i < LINES; i++)
    {
        memory[i * 8] = (i * 40503 + 7) % LINES * 8;
    }
    for (; count > 0; count--)
    {
        at = memory[at];
    }
    munmap(memory, BYTES);
    return at;
}

static uint64_t systemcalls(uint64_t count)
{
    uint64_t sum = 0;
    for (; count > 0; count--)
    {
        sum += syscall(SYS_getppid);
    }
    return sum > 0;
}

static const char *self = "/init";

static uint64_t children(uint64_t count, int execute)
{
    uint64_t good = 0;
    for (; count > 0; count--)
    {
        pid_t child = fork();
        if (child == 0)
        {
            if (execute)
            {
                execl(self, self, "--true", (char *)0);
            }
            _exit(execute ? 9 : 0);
        }
        int status;
        waitpid(child, &status, 0);
        good += status == 0;
    }
    return good;
}

static uint64_t forks(uint64_t count)
{
    return children(count, 0);
}

static uint64_t executions(uint64_t count)
{
    return children(count, 1);
}

static uint64_t faults(uint64_t count)
{
    uint64_t sum = 0;
    for (; count > 0; count--)
    {
        uint8_t *memory = pages(4 * MEBIBYTE, PROT_READ | PROT_WRITE);
        for (int at = 0; at < 4 * MEBIBYTE; at += PAGE)
        {
            memory[at] = 1;
        }
        sum += memory[PAGE];
        munmap(memory, 4 * MEBIBYTE);
    }
    return sum;
}

static uint64_t pingpong(uint64_t count)
{
    int there[2], back[2];
    if (pipe(there) || pipe(back))
    {
        return 0;
    }
    char byte = 1;
    pid_t child = fork();
    if (child == 0)
    {
        close(there[1]);
        while (read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1)
        {
        }
        _exit(0);
    }
    uint64_t done = 0;
    while (done < count && write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1)
    {
        done++;
    }
    close(there[1]);
    close(there[0]);
    waitpid(child, 0, 0);
    close(back[0]);
    close(back[1]);
    return done;
}

typedef uint32_t function(void);

static uint64_t patches(uint64_t count)
{
    uint8_t *code = pages(PAGE, PROT_READ | PROT_WRITE | PROT_EXEC);
    uint64_t sum = 0;
    code[0] = 0xb8; // mov eax, the number; ret
    code[5] = 0xc3;
    for (uint64_t i = 0; i < count; i++)
    {
        *(volatile uint32_t *)(code + 1) = (uint32_t)i;
        sum += ((function *)code)();
    }
    munmap(code, PAGE);
    return sum;
}

// 256 fresh functions a round, each called once: what a just-in-time compiler does to a machine.
static uint64_t freshcode(uint64_t count)
{
    enum { FUNCTIONS = 256, BYTES = 65536 };
    uint64_t sum = 0;
    for (; count > 0; count--)
    {
        uint8_t *code = pages(BYTES, PROT_READ | PROT_WRITE | PROT_EXEC), *at = code, *entries[FUNCTIONS];
        for (uint32_t i = 0; i < FUNCTIONS; i++)
        {
            entries[i] = at;
            *at++ = 0xb8;
            memcpy(at, &i, 4), at += 4;
            for (uint32_t j = 0; j < 16; j++)
            {
                uint32_t add = (uint32_t)count * 31 + i * 7 + j, mix = i + j * 13;
                *at++ = 0x05; // add eax, imm32
                memcpy(at, &add, 4), at += 4;
                *at++ = 0x35; // xor eax, imm32
                memcpy(at, &mix, 4), at += 4;
            }
            *at++ = 0xc3;
        }
        HIDE();
        for (int i = 0; i < FUNCTIONS; i++)
        {
            sum += ((function *)entries[i])();
        }
        munmap(code, BYTES);
    }
    return sum;
}

static const struct { const char *name; uint64_t (*run)(uint64_t); uint64_t count; } programs[] = {
    { "integers", integers, 6000000 }, { "sieve", sieve, 4 }, { "digest", digest, 24 }, { "bodies", bodies, 60000 },
    { "vectors", vectors, 1500 }, { "calls", calls, 40 }, { "dispatch", dispatch, 30000 },
    { "copy", copy, 20 }, { "wordcopy", wordcopy, 80 }, { "copyapart", copyapart, 20 }, { "wordcopyapart", wordcopyapart, 80 },
    { "repeat", repeat, 400 }, { "chase", chase, 1000000 }, { "systemcalls", systemcalls, 60000 }, { "forks", forks, 60 },
    { "executions", executions, 40 }, { "faults", faults, 6 }, { "pingpong", pingpong, 1500 }, { "patches", patches, 60000 },
    { "freshcode", freshcode, 60 }, { "extended", extended, 2500000 },
};

static int selected(const char *list, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : 0)
    {
        if (!strncmp(at, "all", 3) || (!strncmp(at, name, length) && (at[length] == ',' || at[length] == 0)))
        {
            return 1;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--true"))
    {
        return 0;
    }
    int first = getpid() == 1;
    self = first ? "/init" : "/proc/self/exe";
    const char *list = argc > 1 ? argv[1] : getenv("bench");
    uint64_t times = getenv("times") ? strtoull(getenv("times"), 0, 10) : 1; // more of the same, for a profiler
    setvbuf(stdout, 0, _IOLBF, BUFSIZ);
    puts("\nUSERSPACE");
    for (size_t i = 0; i < sizeof source; i++)
    {
        source[i] = (uint8_t)(i * 7 + (i >> 8));
    }
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
    {
        if (selected(list, programs[i].name))
        {
            printf("B %s\n", programs[i].name);
            tcdrain(STDOUT_FILENO); // a simulated serial line is slow in the guest's time
            uint64_t result = programs[i].run(programs[i].count * times);
            printf("\nR %s %llx\n", programs[i].name, (unsigned long long)result);
        }
    }
    puts("DONE");
    if (list && !strcmp(list, "rest")) // nothing to do, for whoever measures what an idle machine keeps
    {
        pause();
    }
    tcdrain(STDOUT_FILENO);
    if (first)
    {
        reboot(RB_POWER_OFF);
        reboot(RB_AUTOBOOT);
    }
    return 0;
}
