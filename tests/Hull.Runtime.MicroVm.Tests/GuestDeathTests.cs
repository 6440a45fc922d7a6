namespace Hull.Runtime.MicroVm.Tests;

public sealed class GuestDeathTests
{
    private static readonly ContainerId s_id = ContainerId.Parse("one");

    [Theory]
    [InlineData("[    4.1] Out of memory: Killed process 1 (init)\n[    4.2] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009\n")]
    [InlineData("[    1.0] Kernel panic - not syncing: System is deadlocked on memory\n")]
    [InlineData("[    0.9] Initramfs unpacking failed: write error\n[    1.2] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\n")]
    public void Explain_OfPanicForMemory_SaysHowMuchItHadAndWhatToDo(string console)
    {
        Assert.True(GuestDeath.IsOutOfMemory(console));
        Assert.Equal(
            "The machine of 'one' ended because its kernel ran out of memory: it has 96 MiB; give it more (-m).",
            GuestDeath.Explain(s_id, console, 96 << 20, 2));
    }

    // A program that the kernel killed is no end of the machine.
    [Fact]
    public void Explain_OfEndAfterAProgramWasKilled_DoesNotBlameMemory()
    {
        const string Console = "[    9.1] Out of memory: Killed process 77 (sh)\n";

        Assert.False(GuestDeath.IsOutOfMemory(Console));
        Assert.Equal("The machine of 'one' ended before its process ended.", GuestDeath.Explain(s_id, Console, 96 << 20, 1));
    }

    // The words are the guest's: a terminal must not obey them.
    [Fact]
    public void Explain_OfAnyPanic_RepeatsALineWithoutControls() => Assert.Equal(
        "The machine of 'one' ended because its kernel panicked: '\\x1b[2J bad'.",
        GuestDeath.Explain(s_id, "Kernel panic - not syncing: \u001b[2J bad\r\nmore\n", 0, 2));

    [Theory]
    [InlineData(0, "was switched off by its guest")]
    [InlineData(2, "was reset by its guest")]
    [InlineData(3, "crashed (its guest's kernel made a triple fault)")]
    public void Explain_WithoutAPanic_SaysWhatTheGuestDid(int code, string what) =>
        Assert.Equal($"The machine of 'one' {what} before its process ended.", GuestDeath.Explain(s_id, "hello\n", 0, code));
}
