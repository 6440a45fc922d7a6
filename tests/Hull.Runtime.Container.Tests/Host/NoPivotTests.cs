namespace Hull.Runtime.Container.Tests.Host;

/// <summary>Roots that are entered without pivot_root(2), as on hosts whose own root is an initramfs.</summary>
public sealed class NoPivotTests
{
    private static readonly CreateOptions s_noPivot = new() { NoPivot = true };

    [Fact]
    public void Run_WithoutPivot_SeesItsOwnRoot()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Root!.Readonly = true;
        container.Spec.Linux!.MaskedPaths = ["/proc/meminfo"];

        (int code, string output) = container.Run("ls /; ls / /../..; touch /x; head -c 1 /proc/meminfo; echo $?", s_noPivot);

        Assert.Equal(0, code);
        Assert.StartsWith("bin\ndev\nproc\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("etc", output, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_WithoutPivot_LeavesNoWholeProcOfTheHostBehind()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Linux!.MaskedPaths = ["/proc/meminfo"];
        container.Spec.Linux.ReadonlyPaths = ["/proc/sys"];

        // The kernel allows the mount only while a whole proc is reachable in the mount namespace.
        (int code, string output) = container.Run("unshare -mrpf sh -c 'mount -t proc none /proc && echo mounted'", s_noPivot);

        Assert.DoesNotContain("mounted", output, StringComparison.Ordinal);
        Assert.NotEqual(0, code);
    }
}
