/* Asks a file system what POSIX and Linux promise, and prints one line for each question: a name and what came back.
 * Run below two file systems, the two outputs must be the same. Prints nothing that differs between two runs. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void say(const char *name, long result)
{
    if (result == -1)
        printf("%s: %s\n", name, strerrorname_np(errno));
    else
        printf("%s: %ld\n", name, result);
}

#define ASK(name, call) do { errno = 0; say(name, (long)(call)); } while (0)

static long closed(int fd) { if (fd < 0) return -1; close(fd); return 0; }
static void put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (write(fd, text, strlen(text)) < 0) perror(path);
    close(fd);
}
static long text_of(const char *path)
{
    char buffer[256];
    int fd = open(path, O_RDONLY);
    if (fd < 0) return -1;
    long n = read(fd, buffer, sizeof buffer - 1);
    close(fd);
    if (n < 0) return -1;
    buffer[n] = 0;
    printf("  '%s'\n", buffer);
    return n;
}
static long mode_of(const char *path) { struct stat s; return lstat(path, &s) ? -1 : (long)s.st_mode; }
static long links_of(const char *path) { struct stat s; return lstat(path, &s) ? -1 : (long)s.st_nlink; }
static long size_of(const char *path) { struct stat s; return lstat(path, &s) ? -1 : (long)s.st_size; }
static long owner_of(const char *path) { struct stat s; return lstat(path, &s) ? -1 : (long)s.st_uid * 100000 + s.st_gid; }
static long same(const char *a, const char *b)
{
    struct stat x, y;
    if (stat(a, &x) || stat(b, &y)) return -1;
    return x.st_ino == y.st_ino && x.st_dev == y.st_dev;
}

/* Runs the block as user and group 1000, with group 2000 besides. */
#define AS_USER(block) do { \
    fflush(stdout); \
    pid_t child = fork(); \
    if (child == 0) { \
        gid_t more = 2000; \
        if (setgroups(1, &more) || setgid(1000) || setuid(1000)) _exit(9); \
        block; \
        fflush(stdout); \
        _exit(0); \
    } \
    int status; waitpid(child, &status, 0); \
    if (status) printf("  child: %d\n", status); \
} while (0)
static void creation(void)
{
    ASK("create", closed(open("f", O_RDWR | O_CREAT, 0666)));
    ASK("create mode under umask 022", mode_of("f"));
    umask(0);
    ASK("create 0777", closed(open("f777", O_RDWR | O_CREAT, 0777)));
    ASK("mode 0777", mode_of("f777"));
    ASK("create 07777", closed(open("f7777", O_RDWR | O_CREAT, 07777)));
    ASK("mode 07777", mode_of("f7777"));
    umask(022);
    ASK("exclusive, there", closed(open("f", O_RDWR | O_CREAT | O_EXCL, 0666)));
    ASK("exclusive through a dangling link", (symlink("nowhere", "dl"), closed(open("dl", O_RDWR | O_CREAT | O_EXCL, 0666))));
    ASK("create through a dangling link", closed(open("dl", O_RDWR | O_CREAT, 0666)));
    ASK("it made the target", mode_of("nowhere"));
    ASK("create below a file", closed(open("f/x", O_RDWR | O_CREAT, 0666)));
    ASK("create in nothing", closed(open("no/x", O_RDWR | O_CREAT, 0666)));
    ASK("open a directory for writing", (mkdir("d", 0755), closed(open("d", O_RDWR))));
    ASK("open a directory for reading", closed(open("d", O_RDONLY)));
    ASK("create a directory by open", closed(open("d", O_RDWR | O_CREAT, 0666)));
    ASK("O_DIRECTORY of a file", closed(open("f", O_RDONLY | O_DIRECTORY)));
    ASK("O_NOFOLLOW of a link", closed(open("dl", O_RDONLY | O_NOFOLLOW)));
    ASK("mkdir there", mkdir("d", 0755));
    ASK("mkdir over a file", mkdir("f", 0755));
    ASK("mkdir mode", (umask(0), mkdir("d3777", 03777), umask(022), mode_of("d3777")));
    ASK("mknod fifo", mkfifo("p", 0640));
    ASK("fifo mode", mode_of("p"));
    ASK("mknod character", mknod("c", S_IFCHR | 0600, makedev(1, 3)));
    struct stat s;
    ASK("character device", stat("c", &s) ? -1 : (long)s.st_rdev);
    ASK("mknod large minor", mknod("c2", S_IFCHR | 0600, makedev(300, 70000)));
    ASK("large device", stat("c2", &s) ? -1 : (long)s.st_rdev);
    ASK("mknod block", mknod("bl", S_IFBLK | 0600, makedev(7, 0)));
    ASK("mknod regular", mknod("r", S_IFREG | 0604, 0));
    ASK("regular mode", mode_of("r"));
    int fifo = open("p", O_RDWR | O_NONBLOCK);
    char ch = 0;
    ASK("fifo carries", (write(fifo, "x", 1), read(fifo, &ch, 1) == 1 && ch == 'x'));
    close(fifo);
    int sock = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "s" };
    ASK("bind a socket", bind(sock, (struct sockaddr *)&a, sizeof a));
    ASK("socket mode", mode_of("s"));
    ASK("listen", listen(sock, 1));
    int other = socket(AF_UNIX, SOCK_STREAM, 0);
    ASK("connect to it", connect(other, (struct sockaddr *)&a, sizeof a));
    ASK("open a socket", closed(open("s", O_RDWR)));
    close(sock);
    close(other);
    int unnamed = open(".", O_TMPFILE | O_RDWR, 0600);
    if (unnamed >= 0 || errno == EOPNOTSUPP) printf("O_TMPFILE: there or refused\n");
    else say("O_TMPFILE", -1);
    if (unnamed >= 0) close(unnamed);
}

static void names(void)
{
    char longName[300];
    memset(longName, 'n', sizeof longName);
    longName[255] = 0;
    ASK("name of 255", closed(open(longName, O_RDWR | O_CREAT, 0600)));
    longName[255] = 'n';
    longName[256] = 0;
    ASK("name of 256", closed(open(longName, O_RDWR | O_CREAT, 0600)));
    ASK("odd bytes", closed(open("\xff\xfe\n\t ", O_RDWR | O_CREAT, 0600)));
    ASK("odd bytes again", closed(open("\xff\xfe\n\t ", O_RDWR)));
    ASK("odd bytes away", unlink("\xff\xfe\n\t "));
    char target[4097];
    memset(target, 't', sizeof target);
    target[4095] = 0;
    ASK("link of 4095", symlink(target, "l4095"));
    char seen[5000];
    ASK("it reads", readlink("l4095", seen, sizeof seen));
    ASK("readlink cuts", readlink("l4095", seen, 10));
    ASK("readlink of a file", readlink("f", seen, sizeof seen));
    ASK("empty link", symlink("", "le"));
    ASK("link over a file", symlink("x", "f"));
    ASK("loop", (symlink("loop2", "loop1"), symlink("loop1", "loop2"), closed(open("loop1", O_RDONLY))));
    ASK("link's mode", mode_of("loop1"));
    ASK("link's size", size_of("loop1"));
    ASK("hard link", link("f", "h"));
    ASK("links", links_of("f"));
    ASK("same node", same("f", "h"));
    ASK("hard link there", link("f", "h"));
    ASK("hard link of a directory", link("d", "hd"));
    ASK("hard link of a link", linkat(AT_FDCWD, "loop1", AT_FDCWD, "hl", 0));
    ASK("hard link of a fifo", link("p", "hp"));
    ASK("hard link by descriptor", ({ int fd = open("f", O_PATH); char p[64]; sprintf(p, "/proc/self/fd/%d", fd);
        int r = linkat(AT_FDCWD, p, AT_FDCWD, "hfd", AT_SYMLINK_FOLLOW); int e = errno; close(fd); errno = e; r; }));
    ASK("unlink", unlink("h"));
    ASK("links after", links_of("f"));
    ASK("unlink nothing", unlink("h"));
    ASK("unlink a directory", unlink("d"));
    ASK("rmdir a file", rmdir("f"));
    ASK("rmdir of .", rmdir("d/."));
    ASK("rmdir of ..", rmdir("d/.."));
    ASK("rmdir not empty", (put("d/x", "x"), rmdir("d")));
    ASK("then empty", (unlink("d/x"), rmdir("d")));
    ASK("trailing slash of a file", closed(open("f/", O_RDONLY)));
    ASK("mkdir with a trailing slash", mkdir("ds/", 0755));
    ASK("stat through it", links_of("ds/") > 0);
}

static void renaming(void)
{
    put("a", "A");
    put("b", "B");
    ASK("rename over", rename("a", "b"));
    ASK("the content moved", text_of("b"));
    ASK("the old name", mode_of("a"));
    ASK("rename nothing", rename("a", "z"));
    ASK("rename to itself", rename("b", "b"));
    link("b", "b2");
    ASK("rename between links of one node", rename("b", "b2"));
    ASK("both stay", links_of("b"));
    unlink("b2");
    mkdir("m", 0755);
    mkdir("n", 0755);
    put("n/x", "x");
    ASK("directory over a full one", rename("m", "n"));
    ASK("directory over a file", rename("m", "b"));
    ASK("file over a directory", rename("b", "m"));
    ASK("directory into itself", rename("n", "n/y"));
    ASK("directory over an empty one", rename("n", "m"));
    ASK("what was in it", text_of("m/x"));
    put("a", "A");
    ASK("noreplace there", renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
    ASK("noreplace", renameat2(AT_FDCWD, "a", AT_FDCWD, "a2", RENAME_NOREPLACE));
    ASK("exchange", renameat2(AT_FDCWD, "a2", AT_FDCWD, "b", RENAME_EXCHANGE));
    ASK("exchanged first", text_of("a2"));
    ASK("exchanged second", text_of("b"));
    int fd = open("b", O_RDWR);
    ASK("an open file follows its name", (rename("b", "moved"), write(fd, "Z", 1)));
    ASK("seen there", text_of("moved"));
    close(fd);
    char before[PATH_MAX], after[PATH_MAX];
    mkdir("w", 0755);
    chdir("w");
    getcwd(before, sizeof before);
    rename("../w", "../w2");
    ASK("getcwd after a rename", getcwd(after, sizeof after) != NULL && strlen(after) == strlen(before) + 1);
    ASK("rmdir of the working directory", rmdir("../w2"));
    ASK("getcwd of nothing", getcwd(after, sizeof after) == NULL ? -1 : 0);
    ASK("create in nothing", closed(open("x", O_RDWR | O_CREAT, 0600)));
    chdir("..");
    if (chdir(dirname(before)) != 0) perror("chdir");
}
static void open_files(void)
{
    char buffer[64];
    int fd = open("u", O_RDWR | O_CREAT, 0600);
    ASK("write", write(fd, "hello", 5));
    ASK("unlink it", unlink("u"));
    struct stat s;
    ASK("fstat", fstat(fd, &s));
    printf("links %ld size %ld\n", (long)s.st_nlink, (long)s.st_size);
    ASK("read it still", pread(fd, buffer, 5, 0));
    ASK("grow it", ftruncate(fd, 1000));
    ASK("its mode", fchmod(fd, 0640));
    ASK("its owner", fchown(fd, 5, 6));
    ASK("its times", futimens(fd, NULL));
    ASK("fstat again", (fstat(fd, &s), (long)s.st_size * 1000000 + s.st_mode));
    char p[64];
    sprintf(p, "/proc/self/fd/%d", fd);
    ASK("name a node without names", linkat(AT_FDCWD, p, AT_FDCWD, "back", AT_SYMLINK_FOLLOW));
    close(fd);
    fd = open("ap", O_WRONLY | O_CREAT | O_APPEND, 0600);
    int fd2 = open("ap", O_WRONLY | O_APPEND);
    ASK("append", (write(fd, "1", 1), write(fd2, "2", 1), write(fd, "3", 1), pwrite(fd, "4", 1, 0)));
    ASK("appended", text_of("ap"));
    close(fd);
    close(fd2);
    ASK("O_TRUNC", (closed(open("ap", O_WRONLY | O_TRUNC)), size_of("ap")));
    fd = open("wo", O_WRONLY | O_CREAT, 0600);
    ASK("read of a write-only file", read(fd, buffer, 1));
    ASK("write beyond", pwrite(fd, "x", 1, 1L << 33));
    ASK("its size", size_of("wo"));
    ASK("lseek hole", ({ int r = open("wo", O_RDONLY); long at = lseek(r, 0, SEEK_HOLE); close(r); at; }));
    ASK("lseek data past the end", ({ int r = open("wo", O_RDONLY); long at = lseek(r, 1L << 40, SEEK_DATA); int e = errno; close(r); errno = e; at; }));
    close(fd);
    ASK("truncate shorter", (truncate("wo", 3), size_of("wo")));
    ASK("truncate negative", truncate("wo", -1));
    ASK("truncate a directory", truncate("m", 0));
    ASK("truncate nothing", truncate("none", 0));
    ASK("truncate too long", truncate("wo", LONG_MAX));
    fd = open("fa", O_RDWR | O_CREAT, 0600);
    ASK("fallocate", fallocate(fd, 0, 0, 65536));
    ASK("its size", size_of("fa"));
    ASK("keep size", (fallocate(fd, FALLOC_FL_KEEP_SIZE, 65536, 4096), size_of("fa")));
    memset(buffer, 'q', sizeof buffer);
    pwrite(fd, buffer, sizeof buffer, 8192);
    ASK("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 8192, 4096));
    ASK("punched reads zero", (pread(fd, buffer, 1, 8192), (long)buffer[0]));
    ASK("fsync", fsync(fd));
    ASK("fdatasync", fdatasync(fd));
    char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ASK("mmap shared", map != MAP_FAILED);
    if (map != MAP_FAILED) {
        strcpy(map + 100, "mapped");
        ASK("msync", msync(map, 65536, MS_SYNC));
        ASK("read sees the map", (pread(fd, buffer, 6, 100), (long)memcmp(buffer, "mapped", 6)));
        pwrite(fd, "WRITE", 5, 200);
        ASK("the map sees a write", (long)memcmp(map + 200, "WRITE", 5));
        munmap(map, 65536);
    }
    int out = open("copy", O_RDWR | O_CREAT, 0600);
    loff_t in = 0, to = 0;
    ASK("copy_file_range", copy_file_range(fd, &in, out, &to, 65536, 0));
    lseek(fd, 0, SEEK_SET);
    ASK("sendfile", sendfile(out, fd, NULL, 1000));
    close(out);
    close(fd);
    ASK("O_RDONLY|O_TRUNC", (put("rt", "text"), closed(open("rt", O_RDONLY | O_TRUNC))));
    ASK("its size", size_of("rt"));
}

static void owners(void)
{
    put("o", "o");
    ASK("chown", chown("o", 1000, 1000));
    ASK("owner", owner_of("o"));
    chmod("o", 06755);
    ASK("chown by root drops set-id", (chown("o", 1001, 1001), mode_of("o")));
    chmod("o", 06755);
    symlink("o", "ol");
    chmod("o", 06755);
    ASK("chown to nobody drops set-id", (chown("o", -1, -1), mode_of("o")));
    ASK("lchown", (lchown("ol", 7, 8), owner_of("ol")));
    ASK("its target", owner_of("o"));
    mkdir("sg", 0777);
    chown("sg", 0, 3000);
    chmod("sg", 02777);
    mkdir("st", 0777);
    chmod("st", 01777);
    mkdir("pl", 0777);
    chmod("pl", 0777);
    put("st/root", "r");
    put("pl/root", "r");
    put("g", "g");
    chown("g", 0, 2000);
    chmod("g", 0660);
    mkdir("gd", 0770);
    chown("gd", 0, 2000);
    chmod("gd", 0770);
    put("secret", "s");
    chmod("secret", 0600);
    put("suid", "x");
    chmod("suid", 06777);
    put("suid2", "x");
    chmod("suid2", 06777);
    AS_USER({
        ASK("user opens a secret", closed(open("secret", O_RDONLY)));
        ASK("user chmods a foreign file", chmod("g", 0777));
        ASK("user chowns a foreign file", chown("g", 1000, -1));
        ASK("user by a further group", text_of("g"));
        ASK("user creates", closed(open("pl/mine", O_RDWR | O_CREAT, 0644)));
        ASK("it is the user's", owner_of("pl/mine"));
        ASK("user gives it away", chown("pl/mine", 0, -1));
        ASK("user gives it a group of his", chown("pl/mine", -1, 2000));
        ASK("user gives it a foreign group", chown("pl/mine", -1, 4000));
        ASK("user creates in a set-gid directory", closed(open("sg/mine", O_RDWR | O_CREAT, 0644)));
        ASK("it has the directory's group", owner_of("sg/mine"));
        ASK("a directory inherits", (mkdir("sg/dir", 0755), mode_of("sg/dir")));
        ASK("and its group", owner_of("sg/dir"));
        ASK("user makes a link", symlink("x", "pl/link"));
        ASK("whose is it", owner_of("pl/link"));
        ASK("user makes a fifo", mkfifo("pl/fifo", 0600));
        ASK("whose is it", owner_of("pl/fifo"));
        ASK("user makes a device", mknod("pl/dev", S_IFCHR | 0600, makedev(1, 3)));
        ASK("user creates by a further group", closed(open("gd/mine", O_RDWR | O_CREAT, 0644)));
        ASK("whose is it", owner_of("gd/mine"));
        ASK("user removes in a sticky directory", unlink("st/root"));
        ASK("user renames in a sticky directory", rename("st/root", "st/other"));
        ASK("user removes elsewhere", unlink("pl/root"));
        ASK("user creates where he may not", closed(open("forbidden", O_RDWR | O_CREAT, 0644)));
        ASK("user sets set-gid of a foreign group", (closed(open("pl/sgf", O_RDWR | O_CREAT, 0755)), chmod("pl/sgf", 02755), mode_of("pl/sgf")));
        int fd = open("suid", O_WRONLY);
        ASK("a write", write(fd, "y", 1));
        ASK("drops set-id", mode_of("suid"));
        close(fd);
        ASK("a truncate", truncate("suid2", 0));
        ASK("drops set-id too", mode_of("suid2"));
        ASK("user's times of a foreign file", utimensat(AT_FDCWD, "o", NULL, 0));
        ASK("access", access("secret", R_OK));
        ASK("user links a secret", link("secret", "pl/secret"));
        ASK("xattr of a foreign file", setxattr("g", "user.x", "1", 1, 0));
    });
    ASK("what the user left", owner_of("pl/mine"));
}

static void times(void)
{
    put("t", "t");
    struct timespec at[2] = { { 1000000000, 123456789 }, { 2000000000, 987654321 } };
    struct stat s;
    ASK("utimensat", utimensat(AT_FDCWD, "t", at, 0));
    stat("t", &s);
    printf("  %ld.%09ld %ld.%09ld\n", (long)s.st_atim.tv_sec, s.st_atim.tv_nsec, (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    at[0].tv_nsec = UTIME_OMIT;
    at[1].tv_sec = 5;
    at[1].tv_nsec = 6;
    ASK("omit", utimensat(AT_FDCWD, "t", at, 0));
    stat("t", &s);
    printf("  %ld %ld.%09ld\n", (long)s.st_atim.tv_sec, (long)s.st_mtim.tv_sec, s.st_mtim.tv_nsec);
    at[0].tv_sec = -1000;
    at[0].tv_nsec = 0;
    ASK("before 1970", utimensat(AT_FDCWD, "t", at, 0));
    stat("t", &s);
    printf("  %ld\n", (long)s.st_atim.tv_sec);
    symlink("t", "tl");
    at[0].tv_sec = 77;
    at[1].tv_sec = 88;
    ASK("of a link", utimensat(AT_FDCWD, "tl", at, AT_SYMLINK_NOFOLLOW));
    lstat("tl", &s);
    printf("  %ld\n", (long)s.st_mtim.tv_sec);
    int fd = open("t", O_WRONLY);
    write(fd, "u", 1);
    close(fd);
    stat("t", &s);
    ASK("a write changes the time", s.st_mtim.tv_sec > 1000000);
    struct stat d1, d2;
    mkdir("td", 0755);
    struct timespec old[2] = { { 5, 0 }, { 5, 0 } };
    utimensat(AT_FDCWD, "td", old, 0);
    stat("td", &d1);
    put("td/x", "x");
    stat("td", &d2);
    ASK("a new name changes the directory's time", d2.st_mtim.tv_sec > d1.st_mtim.tv_sec);
    struct stat c1, c2;
    stat("t", &c1);
    usleep(20000);
    chmod("t", 0600);
    stat("t", &c2);
    ASK("chmod changes ctime", c2.st_ctim.tv_sec > c1.st_ctim.tv_sec || c2.st_ctim.tv_nsec != c1.st_ctim.tv_nsec);
}

static void attributes(void)
{
    put("x", "x");
    char value[100], list[1000];
    ASK("set", setxattr("x", "user.a", "value", 5, 0));
    ASK("get", getxattr("x", "user.a", value, sizeof value));
    ASK("get size", getxattr("x", "user.a", NULL, 0));
    ASK("get too small", getxattr("x", "user.a", value, 2));
    ASK("create there", setxattr("x", "user.a", "v", 1, XATTR_CREATE));
    ASK("replace none", setxattr("x", "user.b", "v", 1, XATTR_REPLACE));
    ASK("empty", setxattr("x", "user.e", "", 0, 0));
    ASK("get empty", getxattr("x", "user.e", value, sizeof value));
    ASK("list", listxattr("x", list, sizeof list));
    ASK("list size", listxattr("x", NULL, 0));
    ASK("remove", removexattr("x", "user.a"));
    ASK("remove none", removexattr("x", "user.a"));
    ASK("get none", getxattr("x", "user.a", value, sizeof value));
    ASK("trusted", setxattr("x", "trusted.t", "1", 1, 0));
    ASK("no such kind", setxattr("x", "nosuch.t", "1", 1, 0));
    ASK("user on a fifo", (mkfifo("xp", 0600), setxattr("xp", "user.a", "1", 1, 0)));
    unsigned char capability[20] = { 1, 0, 0, 2, 0, 4, 0, 0 };
    ASK("capability", setxattr("x", "security.capability", capability, 20, 0));
    ASK("a write", ({ int fd = open("x", O_WRONLY); long n = write(fd, "y", 1); close(fd); n; }));
    ASK("drops the capability", getxattr("x", "security.capability", value, sizeof value));
    /* version 2; user::rw-, user:1000:r--, group::r--, mask::r--, other::--- */
    unsigned char acl[44] = { 2,0,0,0, 1,0,6,0,255,255,255,255, 2,0,4,0,0xe8,3,0,0, 4,0,4,0,255,255,255,255, 16,0,4,0,255,255,255,255, 32,0,0,0,255,255,255,255 };
    put("acl", "a");
    chmod("acl", 0600);
    long result = setxattr("acl", "system.posix_acl_access", acl, sizeof acl, 0);
    say("acl", result);
    if (result == 0) {
        ASK("acl changes the mode", mode_of("acl"));
        AS_USER({ ASK("the named user reads", text_of("acl")); });
    }
}

static void locks(void)
{
    int a = open("lk", O_RDWR | O_CREAT, 0600), b = open("lk", O_RDWR);
    ASK("flock", flock(a, LOCK_EX));
    ASK("flock again elsewhere", flock(b, LOCK_EX | LOCK_NB));
    ASK("unlock", flock(a, LOCK_UN));
    ASK("now", flock(b, LOCK_EX | LOCK_NB));
    struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 10 };
    ASK("fcntl lock", fcntl(a, F_SETLK, &l));
    fflush(stdout);
    if (fork() == 0) {
        struct flock m = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 10 };
        int c = open("lk", O_RDWR);
        ASK("another process's lock", fcntl(c, F_SETLK, &m));
        m.l_start = 10;
        ASK("beside it", fcntl(c, F_SETLK, &m));
        m.l_start = 0;
        ASK("who has it", (fcntl(c, F_GETLK, &m), (long)m.l_type));
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    ASK("open file description lock", (l.l_pid = 0, fcntl(b, F_OFD_SETLK, &l)));
    close(a);
    close(b);
}

static int by_name(const void *a, const void *b) { return strcmp(a, b); }

static void directories(void)
{
    enum { Count = 2000 };
    static char seen[Count + 10][32];
    char name[64];
    mkdir("many", 0755);
    for (int i = 0; i < Count; i++) {
        sprintf(name, "many/file-%05d", i);
        put(name, "");
    }
    int n = 0;
    DIR *d = opendir("many");
    struct dirent *e;
    while ((e = readdir(d)) != NULL && n < Count + 10) strcpy(seen[n++], e->d_name);
    ASK("entries", n);
    qsort(seen, n, sizeof seen[0], by_name);
    int twice = 0;
    for (int i = 1; i < n; i++) twice += strcmp(seen[i], seen[i - 1]) == 0;
    ASK("none twice", twice);
    rewinddir(d);
    n = 0;
    while (readdir(d) != NULL) n++;
    ASK("again", n);
    rewinddir(d);
    for (int i = 0; i < 700; i++) readdir(d);
    long at = telldir(d);
    e = readdir(d);
    char first[256];
    strcpy(first, e->d_name);
    for (int i = 0; i < 300; i++) readdir(d);
    seekdir(d, at);
    e = readdir(d);
    ASK("seekdir", (long)strcmp(first, e->d_name));
    rewinddir(d);
    int removed = 0;
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] != '.') {
            sprintf(name, "many/%s", e->d_name);
            removed += unlink(name) == 0;
        }
    }
    ASK("removed while reading", removed);
    closedir(d);
    ASK("rmdir", rmdir("many"));
    /* Deeper than any path. */
    int depth = 0;
    for (; depth < 300; depth++) {
        if (mkdir("a-directory-with-a-name-of-some-length", 0755) || chdir("a-directory-with-a-name-of-some-length")) break;
    }
    ASK("depth", depth);
    put("bottom", "deep");
    ASK("at the bottom", text_of("bottom"));
    unlink("bottom");
    for (int i = 0; i < depth; i++) {
        chdir("..");
        rmdir("a-directory-with-a-name-of-some-length");
    }
    struct statvfs v;
    ASK("statvfs", statvfs(".", &v));
    printf("name %lu block %lu blocks %d\n", v.f_namemax, v.f_bsize, v.f_blocks > 0);
    mkdir("gone", 0755);
    int fd = open("gone", O_RDONLY | O_DIRECTORY);
    rmdir("gone");
    struct stat s;
    ASK("fstat of a removed directory", fstat(fd, &s));
    ASK("openat in it", closed(openat(fd, "x", O_RDWR | O_CREAT, 0600)));
    close(fd);
    int watch = inotify_init1(IN_NONBLOCK);
    inotify_add_watch(watch, ".", IN_CREATE | IN_DELETE);
    put("watched", "");
    unlink("watched");
    char events[1000];
    ASK("inotify", read(watch, events, sizeof events) > 0);
    close(watch);
    int ofd = open("f", O_PATH);
    ASK("fstat of O_PATH", fstat(ofd, &s));
    ASK("read of O_PATH", read(ofd, events, 1));
    close(ofd);
}

static void many_processes(void)
{
    fflush(stdout);
    for (int p = 0; p < 4; p++) {
        if (fork() == 0) {
            char name[64];
            for (int i = 0; i < 50; i++) {
                sprintf(name, "mp-%d-%d", p, i);
                put(name, name);
                rename(name, i % 2 ? "shared" : name);
                if (i % 2 == 0) unlink(name);
            }
            int fd = open("counter", O_WRONLY | O_CREAT | O_APPEND, 0600);
            for (int i = 0; i < 100; i++) if (write(fd, "0123456789", 10) != 10) _exit(1);
            _exit(0);
        }
    }
    int status, failed = 0;
    while (wait(&status) > 0) failed += status != 0;
    ASK("processes that failed", failed);
    ASK("all appends are there", size_of("counter"));
}

int main(int argc, char **argv)
{
    if (argc != 2 || mkdir(argv[1], 0755) || chdir(argv[1])) { perror("posix"); return 2; }
    setvbuf(stdout, NULL, _IOFBF, 1 << 16);
    umask(022);
    char here[PATH_MAX];
    getcwd(here, sizeof here);
    creation(); chdir(here);
    names(); chdir(here);
    renaming(); chdir(here);
    open_files(); chdir(here);
    owners(); chdir(here);
    times(); chdir(here);
    attributes(); chdir(here);
    locks(); chdir(here);
    directories(); chdir(here);
    many_processes();
    return 0;
}
