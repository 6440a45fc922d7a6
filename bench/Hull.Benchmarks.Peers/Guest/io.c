// Reads and writes of a guest's devices, for process 1. Each prints "B name" before and "R name count" after it ran, so that the
// host's clock times it. The kernel passes "disk=1", "net=1" and "share=PATH" as environment: what the machine has. With
// "--peer" it is the other end of the network, on the host.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, SMALL = 4096, SEQUENTIAL = 256, RANDOM = 8000, STREAM = 192, FILES = 1500, GIVE = 5001, TAKE = 5002 };

static uint8_t block[BLOCK] __attribute__((aligned(4096)));
static const char *share;
static int disk = -1;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void check(int64_t result, const char *what)
{
    if (result < 0)
    {
        fail(what);
    }
}

static uint64_t sequential_read(void)
{
    for (int i = 0; i < SEQUENTIAL; i++)
    {
        check(pread(disk, block, BLOCK, (off_t)i * BLOCK), "pread");
    }
    return SEQUENTIAL;
}

static uint64_t sequential_write(void)
{
    for (int i = 0; i < SEQUENTIAL; i++)
    {
        check(pwrite(disk, block, BLOCK, (off_t)i * BLOCK), "pwrite");
    }
    check(fsync(disk), "fsync");
    return SEQUENTIAL;
}

static off_t place(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return (off_t)(*state % (SEQUENTIAL * (BLOCK / SMALL))) * SMALL;
}

static uint64_t random_read(void)
{
    uint64_t state = 88172645463325252ull;
    for (int i = 0; i < RANDOM; i++)
    {
        check(pread(disk, block, SMALL, place(&state)), "pread");
    }
    return RANDOM;
}

static uint64_t random_write(void)
{
    uint64_t state = 88172645463325252ull;
    for (int i = 0; i < RANDOM; i++)
    {
        check(pwrite(disk, block, SMALL, place(&state)), "pwrite");
    }
    return RANDOM;
}

static int call(int port)
{
    struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(0x0A4D0001) };
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    check(stream, "socket");
    check(connect(stream, (struct sockaddr *)&peer, sizeof peer), "connect");
    return stream;
}

static uint64_t receive(void)
{
    int stream = call(GIVE);
    uint64_t bytes = 0;
    for (ssize_t got; (got = read(stream, block, BLOCK)) > 0;)
    {
        bytes += got;
    }
    close(stream);
    return bytes / BLOCK;
}

static uint64_t transmit(void)
{
    int stream = call(TAKE);
    for (int i = 0; i < STREAM; i++)
    {
        for (ssize_t done = 0, sent; done < BLOCK; done += sent)
        {
            check(sent = write(stream, block + done, BLOCK - done), "write");
        }
    }
    shutdown(stream, SHUT_WR);
    check(read(stream, block, 1), "read"); // the peer closes when it has everything
    close(stream);
    return STREAM;
}

static uint64_t round_trips(void)
{
    enum { TRIPS = 3000 };
    int stream = call(TAKE + 1), one = 1;
    check(setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "setsockopt");
    for (int i = 0; i < TRIPS; i++)
    {
        check(write(stream, block, 1), "write");
        check(read(stream, block, 1), "read");
    }
    close(stream);
    return TRIPS;
}

static const char *file_name(int number)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/bench-%04d", share, number);
    return path;
}

static uint64_t create_files(void)
{
    for (int i = 0; i < FILES; i++)
    {
        int file = open(file_name(i), O_CREAT | O_EXCL | O_WRONLY, 0644);
        check(file, "create");
        close(file);
    }
    return FILES;
}

static uint64_t look_at_files(void)
{
    for (int i = 0; i < FILES; i++)
    {
        // Past the guest's own memory of names and attributes: what the host is asked is what is measured.
        check(statx(AT_FDCWD, file_name(i), AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, (struct statx *)block), "statx");
    }
    return FILES;
}

static uint64_t open_files(void)
{
    for (int i = 0; i < FILES; i++)
    {
        int file = open(file_name(i), O_RDONLY);
        check(file, "open");
        close(file);
    }
    return FILES;
}

static uint64_t remove_files(void)
{
    for (int i = 0; i < FILES; i++)
    {
        check(unlink(file_name(i)), "unlink");
    }
    return FILES;
}

static void run(const char *name, uint64_t (*program)(void))
{
    printf("B %s\n", name);
    tcdrain(STDOUT_FILENO);
    uint64_t result = program();
    printf("\nR %s %llu\n", name, (unsigned long long)result);
}

static void load_modules(void)
{
    char path[64];
    for (int i = 0; i < 100; i++)
    {
        snprintf(path, sizeof path, "/modules/%02d.ko", i);
        int file = open(path, O_RDONLY);
        if (file < 0)
        {
            return;
        }
        check(syscall(SYS_finit_module, file, "", 0), path);
        close(file);
    }
}

static void set_address(int socket, unsigned long what, uint32_t address)
{
    struct ifreq request = { .ifr_name = "eth0" };
    struct sockaddr_in value = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(address) };
    memcpy(&request.ifr_addr, &value, sizeof value);
    check(ioctl(socket, what, &request), "set address");
}

static void bring_up_network(void)
{
    int any = socket(AF_INET, SOCK_DGRAM, 0);
    check(any, "socket");
    set_address(any, SIOCSIFADDR, 0x0A4D0002);
    set_address(any, SIOCSIFNETMASK, 0xFFFFFF00);
    struct ifreq request = { .ifr_name = "eth0", .ifr_flags = IFF_UP | IFF_RUNNING };
    check(ioctl(any, SIOCSIFFLAGS, &request), "interface up");
    close(any);
}

static int listen_at(int port)
{
    struct sockaddr_in own = { .sin_family = AF_INET, .sin_port = htons(port) };
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    check(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "setsockopt");
    check(bind(listener, (struct sockaddr *)&own, sizeof own), "bind");
    check(listen(listener, 1), "listen");
    return listener;
}

static int peer(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int give = listen_at(GIVE), take = listen_at(TAKE), echo = listen_at(TAKE + 1), one = 1;
    int stream = accept(give, 0, 0);
    for (int i = 0; i < STREAM; i++)
    {
        check(write(stream, block, BLOCK), "write");
    }
    close(stream);
    stream = accept(take, 0, 0);
    while (read(stream, block, BLOCK) > 0)
    {
    }
    close(stream);
    stream = accept(echo, 0, 0);
    setsockopt(stream, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    while (read(stream, block, 1) > 0)
    {
        check(write(stream, block, 1), "write");
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--peer"))
    {
        return peer();
    }
    setvbuf(stdout, 0, _IOLBF, BUFSIZ);
    mount("dev", "/dev", "devtmpfs", 0, 0);
    load_modules();
    puts("\nUSERSPACE");
    if (getenv("disk"))
    {
        check(disk = open("/dev/vda", O_RDWR | O_DIRECT), "/dev/vda");
        run("blk-sequential-read", sequential_read);
        run("blk-sequential-write", sequential_write);
        run("blk-random-read-4k", random_read);
        run("blk-random-write-4k", random_write);
    }
    if (getenv("net"))
    {
        bring_up_network();
        run("net-receive", receive);
        run("net-transmit", transmit);
        run("net-round-trip", round_trips);
    }
    if ((share = getenv("share")))
    {
        check(mount("hull", "/mnt", "virtiofs", 0, 0), "mount");
        run("fs-create", create_files);
        run("fs-stat", look_at_files);
        run("fs-open", open_files);
        run("fs-unlink", remove_files);
    }
    puts("DONE");
    tcdrain(STDOUT_FILENO);
    pause();
    return 0;
}
