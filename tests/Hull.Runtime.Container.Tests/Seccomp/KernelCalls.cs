using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Hull.Runtime.Container.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

/// <summary>A process below a filter makes calls and tells what each of them gave.</summary>
internal static class KernelCalls
{
    private const int CallBytes = 56;
    private const long Trapped = -4095;
    private const long NoSuchCall = -38;

    // Reads calls (number and six arguments, eight bytes each) from a file and writes the answers to another, both opened before
    // the filter is in force. The signal of SCMP_ACT_TRAP puts a number of its own in place of the answer.
    private const string Program = """
        #define _GNU_SOURCE
        #include <linux/filter.h>
        #include <linux/seccomp.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <sys/prctl.h>
        #include <sys/syscall.h>
        #include <ucontext.h>
        #include <unistd.h>
        static struct sock_filter code[4096];
        static long calls[7 * 100000], answers[100000];
        static void trap(int s, siginfo_t *i, void *c) { ((ucontext_t *)c)->uc_mcontext.gregs[REG_RAX] = -4095; }
        static long raw(long *c) {
            long r;
            register long r10 __asm__("r10") = c[4], r8 __asm__("r8") = c[5], r9 __asm__("r9") = c[6];
            __asm__ volatile("syscall" : "=a"(r) : "a"(c[0]), "D"(c[1]), "S"(c[2]), "d"(c[3]), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
            return r;
        }
        int main(int argc, char **argv) {
            FILE *f = fopen(argv[1], "rb"), *in = fopen(argv[3], "rb"), *out = fopen(argv[4], "wb");
            struct sock_fprog p = { (unsigned short)fread(code, sizeof code[0], 4096, f), code };
            int n = (int)fread(calls, 56, 100000, in);
            struct sigaction a = { .sa_sigaction = trap, .sa_flags = SA_SIGINFO };
            sigaction(SIGSYS, &a, 0);
            if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, atoi(argv[2]), &p)) {
                perror("seccomp");
                return 1;
            }
            for (int i = 0; i < n; i++) answers[i] = raw(calls + 7 * i);
            return fwrite(answers, 8, n, out) == (size_t)n && !fclose(out) ? 0 : 2;
        }
        """;

    /// <summary>Calls that do nothing whatever their arguments are, and that the program above does not need.</summary>
    internal static string[] Names { get; } = ["getpid", "getppid", "getuid", "getgid", "geteuid", "getegid", "gettid", "getpgrp", "sched_yield"];

    /// <summary>Runs the calls below a filter.</summary>
    internal static long[] Make(string directory, SeccompProgram program, Call[] calls)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/cc"), "This machine has no C compiler.");
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "The numbers are those of x86-64.");
        string caller = Path.Combine(directory, "calls");
        if (!File.Exists(caller))
        {
            File.WriteAllText(caller + ".c", Program);
            Execute("/usr/bin/cc", "-O1", "-o", caller, caller + ".c");
        }

        byte[] bytes = new byte[calls.Length * CallBytes];
        for (int i = 0; i < calls.Length; i++)
        {
            int place = SyscallTable.Find(calls[i].Name);
            long number = SyscallTable.ByNumber(SeccompArchitecture.X64).IndexOf((ushort)(place + 1));
            long[] words = [number, .. calls[i].Arguments.Select(argument => (long)argument)];
            MemoryMarshal.AsBytes(words.AsSpan()).CopyTo(bytes.AsSpan(i * CallBytes));
        }

        File.WriteAllBytes(caller + ".filter", program.Filter.ToArray());
        File.WriteAllBytes(caller + ".in", bytes);
        Execute(caller, caller + ".filter", program.Flags.ToString(), caller + ".in", caller + ".out");
        return MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(caller + ".out")).ToArray();
    }

    /// <summary>Whether a call's answer is what comes of a decision.</summary>
    internal static bool Fits(uint decided, long answer) => (decided & 0xFFFF0000) switch
    {
        SeccompNames.Error => answer == -(decided & 0xFFFF),
        SeccompNames.Trap => answer == Trapped,
        SeccompNames.Trace => answer == NoSuchCall, // nobody traces
        _ => answer >= 0,
    };

    private static void Execute(string file, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardError = true, StandardErrorEncoding = Encoding.UTF8 })!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
    }

    /// <summary>One call to make.</summary>
    internal sealed record Call(string Name, ulong[] Arguments);
}
