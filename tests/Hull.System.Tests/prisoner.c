/* What somebody tries who has taken over the process that serves a machine's files. Descriptor 3 is a shared directory,
   descriptor 4 one that is only shown. Prints one line for each try. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define TRY(name, call) do { errno = 0; long result = (long)(call); say(name, result < 0 ? strerrorname_np(errno) : "done"); } while (0)
#define CALL(name, ...) TRY(#name, syscall(SYS_##name, ##__VA_ARGS__))

static void say(const char *name, const char *what)
{
    char line[200];
    int length = snprintf(line, sizeof line, "%s %s\n", name, what);
    if (write(1, line, length) != length) _exit(1);
}

int main(int argc, char **argv)
{
    char bytes[4096] = { 0 };
    (void)argc;
    CALL(socket, 1, 1, 0);
    CALL(socketpair, 1, 1, 0, bytes);
    CALL(connect, 0, bytes, 16);
    CALL(ptrace, 16, 1, 0, 0);
    CALL(kill, 1, 0);
    CALL(kill, -1, 0);
    CALL(pidfd_open, 1, 0);
    CALL(process_vm_readv, 1, bytes, 0, bytes, 0, 0);
    CALL(fork);
    CALL(vfork);
    CALL(clone, 17, 0, 0, 0, 0);
    CALL(clone3, bytes, 88);
    CALL(execveat, 3, "x", 0, 0, 0);
    CALL(unshare, 0x10000000);
    CALL(setns, 3, 0);
    CALL(mount, "none", "/", "tmpfs", 0, 0);
    CALL(umount2, "/proc/self/fd", 2);
    CALL(open_tree, 3, "", 0x1001);
    CALL(move_mount, 3, "", -100, "/", 4);
    CALL(fsopen, "tmpfs", 0);
    CALL(mount_setattr, 4, "", 0x1000, bytes, 32);
    CALL(pivot_root, ".", ".");
    CALL(chroot, ".");
    CALL(name_to_handle_at, 3, "", bytes, bytes + 200, 0x1000);
    CALL(open_by_handle_at, 3, bytes, 0);
    CALL(openat2, 3, "a", bytes, 24);
    CALL(setuid, 0);
    CALL(setresuid, 0, 0, 0);
    CALL(capset, bytes, bytes);
    CALL(prctl, 24, 0, 0, 0, 0);
    CALL(seccomp, 0, 0, 0);
    CALL(bpf, 0, bytes, 48);
    CALL(perf_event_open, bytes, 0, -1, -1, 0);
    CALL(userfaultfd, 0);
    CALL(io_uring_setup, 1, bytes);
    CALL(keyctl, 0, -1, 0);
    CALL(add_key, "user", "x", "y", 1, -1);
    CALL(memfd_create, "x", 0);
    CALL(ioctl, 3, FS_IOC_GETFLAGS, bytes);
    CALL(chdir, "/");
    CALL(init_module, bytes, 0, "");
    CALL(reboot, 0, 0, 0, 0);

    TRY("passwd", open("/etc/passwd", O_RDONLY));
    TRY("kernel's settings", open("/proc/sys/kernel/core_pattern", O_WRONLY));
    TRY("memory", open("/proc/self/mem", O_RDWR));
    TRY("root", open("/proc/1/root", O_RDONLY));
    TRY("made in /", mknod("/x", S_IFREG | 0600, 0));
    TRY("itself", open(argv[0], O_WRONLY));

    TRY("up", openat(3, "../../../../etc/passwd", O_RDONLY));
    TRY("up by number", open("/proc/self/fd/3/../../../etc/passwd", O_RDONLY));
    TRY("beside", openat(3, "../secret", O_RDONLY));
    TRY("link", symlinkat("/proc/self/fd/4/shown", 3, "link"));
    TRY("link followed", openat(3, "link", O_RDONLY));
    TRY("link out followed", openat(3, "out", O_RDONLY));
    TRY("written in a directory that is shown", openat(4, "shown", O_WRONLY));
    TRY("written by number", open("/proc/self/fd/4/shown", O_WRONLY));
    TRY("made in a directory that is shown", mkdirat(4, "new", 0700));
    TRY("moved out of a directory that is shown", syscall(SYS_renameat2, 4, "shown", 3, "mine", 0));
    TRY("named where it could be written", linkat(4, "shown", 3, "mine", 0));
    TRY("device made", mknodat(3, "kmem", S_IFCHR | 0666, makedev(1, 2)));
    TRY("device opened", openat(3, "kmem", O_RDWR));
    TRY("disk made", mknodat(3, "disk", S_IFBLK | 0666, makedev(254, 0)));
    TRY("disk opened", openat(3, "disk", O_RDONLY));
    TRY("file of another made", fchownat(3, "a", 12345, 54321, 0));
    TRY("set-user program", syscall(SYS_chmod, "/proc/self/fd/3/a", 04755));
    TRY("program executed", syscall(SYS_execve, "/proc/self/fd/3/a", 0, 0));
    return 0;
}
