namespace Hull.Runtime.MicroVm;

/// <summary>Why a guest's kernel stopped, from what it printed last.</summary>
/// <remarks>Source: the messages of mm/oom_kill.c, kernel/panic.c and init/initramfs.c of Linux 6.1 and 6.12.</remarks>
public static class GuestDeath
{
    private const string Panic = "Kernel panic - not syncing: ";
    private const int MaxReason = 200;
    private const int Mebibyte = 1 << 20;

    // As the machine's process says it: Hull.Machine.Devices.Power.PowerEvent.
    private const int WasReset = 2;
    private const int Crashed = 3;

    // What a kernel says that has too little memory: while it unpacks its first file system, loads a module, or starts a program.
    private static readonly string[] s_memory =
    [
        "Out of memory", "deadlocked on memory", "out_of_memory", "Initramfs unpacking failed", "page allocation failure", "Cannot allocate memory",
        "can not alloc", "not enough memory", "Failed to allocate",
    ];

    /// <summary>Whether its kernel gave up.</summary>
    internal static bool IsPanic(string console) => console.Contains(Panic, StringComparison.Ordinal);

    /// <summary>Whether it had too little memory.</summary>
    /// <param name="console">What the guest printed, or the last of it.</param>
    public static bool IsOutOfMemory(string console)
    {
        ArgumentNullException.ThrowIfNull(console);
        int panic = console.LastIndexOf(Panic, StringComparison.Ordinal);
        return panic >= 0 && Array.Exists(s_memory, word => console.Contains(word, StringComparison.Ordinal));
    }

    /// <summary>One sentence.</summary>
    /// <param name="id">The container.</param>
    /// <param name="console">What the guest printed.</param>
    /// <param name="memoryBytes">What it had.</param>
    /// <param name="machineCode">How the machine's process ended: 0, or what its guest did to its power.</param>
    internal static string Explain(ContainerId id, string console, long memoryBytes, int machineCode)
    {
        if (IsOutOfMemory(console))
        {
            return $"The machine of '{id}' ended because its kernel ran out of memory: it has {memoryBytes / Mebibyte} MiB; give it more (-m).";
        }

        int panic = console.LastIndexOf(Panic, StringComparison.Ordinal);
        if (panic < 0)
        {
            string how = machineCode switch
            {
                0 => "was switched off by its guest",
                WasReset => "was reset by its guest",
                Crashed => "crashed (its guest's kernel made a triple fault)",
                _ => "ended",
            };
            return $"The machine of '{id}' {how} before its process ended.";
        }

        // The guest's word: no more than a line of it, and nothing that would steer a terminal.
        string reason = console[(panic + Panic.Length)..].Split('\n')[0];
        return $"The machine of '{id}' ended because its kernel panicked: '{PlainText.Of(reason.Trim(), MaxReason)}'.";
    }
}
