// Process 1 of a guest in hull-guest's place: an agent that is broken, or was taken over. What it does is compiled in (MODE).
#include <dirent.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SILENT, ENDS, SWITCHES_OFF, DRIPS, LIES, STEERS };

static const char steers[] = "{\"failure\":\"a\\u001b]0;b\\u0007\\r\\nc\",\"kind\":4711}";

static int compare(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void load(void)
{
    struct dirent **names;
    int count = scandir("/modules", &names, 0, compare);
    for (int i = 0; i < count; i++)
    {
        char path[512];
        snprintf(path, sizeof path, "/modules/%s", names[i]->d_name);
        int fd = open(path, O_RDONLY);
        syscall(SYS_finit_module, fd, "", 0);
        close(fd);
    }
}

static int stream(void) { return socket(AF_VSOCK, SOCK_STREAM, 0); }

static void answer(int client)
{
    char rest[4096];
    unsigned length = MODE == STEERS ? sizeof steers - 1 : 2;
    read(client, rest, sizeof rest);
    write(client, &length, MODE == DRIPS ? 1 : 4);
    if (MODE != DRIPS)
    {
        write(client, MODE == STEERS ? steers : "{}", length);
    }

    // It stays open: who waits for more waits.
}

int main(void)
{
    puts("the last word of the guest \033[2J");
    fflush(stdout);
    if (MODE == ENDS)
    {
        return 7;
    }

    if (MODE == SWITCHES_OFF)
    {
        reboot(RB_POWER_OFF);
    }

    if (MODE == SILENT)
    {
        for (;;)
        {
            pause();
        }
    }

    load();
    struct sockaddr_vm own = {.svm_family = AF_VSOCK, .svm_port = 1024, .svm_cid = VMADDR_CID_ANY};
    struct sockaddr_vm host = {.svm_family = AF_VSOCK, .svm_port = 1, .svm_cid = VMADDR_CID_HOST};
    int listener = stream();
    bind(listener, (struct sockaddr *)&own, sizeof own);
    listen(listener, 64);
    connect(stream(), (struct sockaddr *)&host, sizeof host);
    for (;;)
    {
        int client = accept(listener, 0, 0);
        if (client >= 0)
        {
            answer(client);
        }
    }
}
