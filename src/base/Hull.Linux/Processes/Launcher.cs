using System.Collections;
using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Starts helper programs with vfork's speed: about a tenth of <c>System.Diagnostics.Process</c>.</summary>
/// <remarks>Source: posix_spawn(3). Thread-safe. The caller reaps the child.</remarks>
public static class Launcher
{
    private const ulong AllSignals = ~0ul;

    /// <summary>Starts a program and returns its process id.</summary>
    /// <exception cref="LinuxException">The program cannot be executed.</exception>
    public static int Start(LaunchRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        Span<byte> actions = stackalloc byte[Libc.SpawnActionsBytes];
        Span<byte> attributes = stackalloc byte[Libc.SpawnAttributesBytes];
        actions.Clear();
        attributes.Clear();
        using Utf8Table arguments = new(request.Arguments);
        using Utf8Table environment = new(request.Environment ?? CurrentEnvironment());
        using Utf8Table path = new([request.Path]);
        ref byte actionsRef = ref MemoryMarshal.GetReference(actions);
        ref byte attributesRef = ref MemoryMarshal.GetReference(attributes);
        Check(Libc.posix_spawn_file_actions_init(ref actionsRef), request.Path);
        Check(Libc.posix_spawnattr_init(ref attributesRef), request.Path);
        FileDescriptor[] lifted = [];
        try
        {
            lifted = Lift(request.Descriptors);
            for (int number = 0; number < lifted.Length; number++)
            {
                Check(Libc.posix_spawn_file_actions_adddup2(ref actionsRef, lifted[number].Number, number), request.Path);
            }

            SetAttributes(ref attributesRef, request);
            int error = Spawn(out int pid, path, in actionsRef, in attributesRef, arguments, environment);
            Check(error, request.Path);
            return pid;
        }
        finally
        {
            _ = Libc.posix_spawn_file_actions_destroy(ref actionsRef);
            _ = Libc.posix_spawnattr_destroy(ref attributesRef);
            foreach (FileDescriptor fd in lifted)
            {
                fd.Dispose();
            }
        }
    }

    /// <summary>Waits for a child this process started and takes its status word.</summary>
    /// <param name="pid">The child.</param>
    /// <returns>The status word of wait4(2).</returns>
    /// <exception cref="LinuxException">It is not a child of this process.</exception>
    public static int Wait(int pid)
    {
        while (true)
        {
            if (Libc.waitpid(pid, out int status, 0) == pid)
            {
                return status;
            }

            LinuxException failure = LinuxException.Last("waitpid", $"process {pid}");
            if (failure.Error != Errno.Intr)
            {
                throw failure;
            }
        }
    }

    private static int Spawn(
        out int pid, Utf8Table path, in byte actions, in byte attributes, Utf8Table arguments, Utf8Table environment)
    {
        unsafe
        {
            // SAFETY: the table's first entry is a NUL-terminated block that lives until the table is disposed.
            ref byte name = ref *(byte*)path.First;
            return Libc.posix_spawn(out pid, ref name, in actions, in attributes, in arguments.First, in environment.First);
        }
    }

    // Copies above every target number, so that no dup2 in the child overwrites a source that is still needed.
    private static FileDescriptor[] Lift(IReadOnlyList<FileDescriptor> descriptors)
    {
        const int FirstFree = 64;
        var lifted = new FileDescriptor[descriptors.Count];
        for (int i = 0; i < lifted.Length; i++)
        {
            lifted[i] = FileDescriptor.Own(Libc.fcntl(descriptors[i], Libc.F_DUPFD_CLOEXEC, FirstFree), "fcntl");
        }

        return lifted;
    }

    private static void SetAttributes(ref byte attributes, LaunchRequest request)
    {
        Span<ulong> set = stackalloc ulong[Libc.SignalSetBytes / sizeof(ulong)];
        set.Clear();
        set[0] = SignalDescriptor.MaskOf([.. request.BlockedSignals]);
        Check(Libc.posix_spawnattr_setsigmask(ref attributes, in set[0]), request.Path);
        set[0] = AllSignals;
        Check(Libc.posix_spawnattr_setsigdefault(ref attributes, in set[0]), request.Path);
        int flags = Libc.POSIX_SPAWN_SETSIGDEF | Libc.POSIX_SPAWN_SETSIGMASK;
        flags |= request.NewSession ? Libc.POSIX_SPAWN_SETSID : 0;
        Check(Libc.posix_spawnattr_setflags(ref attributes, (short)flags), request.Path);
    }

    private static List<string> CurrentEnvironment()
    {
        List<string> all = [];
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
        {
            all.Add($"{entry.Key}={entry.Value}");
        }

        return all;
    }

    // posix_spawn and its helpers return the error number; they do not set errno.
    private static void Check(int error, string path)
    {
        if (error != 0)
        {
            throw new LinuxException("posix_spawn", path, (Errno)error);
        }
    }

    /// <summary>A NULL-terminated array of NUL-terminated strings outside the managed heap.</summary>
    private sealed class Utf8Table : IDisposable
    {
        private readonly nint[] _entries;

        internal Utf8Table(IReadOnlyList<string> texts)
        {
            _entries = new nint[texts.Count + 1];
            for (int i = 0; i < texts.Count; i++)
            {
                _entries[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
            }
        }

        internal ref readonly nint First => ref _entries[0];

        public void Dispose()
        {
            foreach (nint entry in _entries)
            {
                Marshal.FreeCoTaskMem(entry);
            }
        }
    }
}
