namespace Hull.System.Tests;

/// <summary>The same container on the kernels of two releases, and what is refused before anything is made.</summary>
public sealed class GuestKernelTests
{
    [Theory]
    [InlineData(GuestKernel.Variable)]
    [InlineData(GuestKernel.TrixieVariable)]
    public void Run_OnEitherKernel_IsTheSameContainer(string variable)
    {
        HullHost.RequireRoot();
        string kernel = GuestKernel.Require(variable);
        using HullHost hull = new(HullHost.Machine);

        HullResult result = hull.Run("run", "--rm", "--vm-kernel", kernel, "busybox", "sh", "-c", "cat /proc/sys/kernel/osrelease /data/seed; exit 7");

        Assert.Equal((7, Path.GetFileName(kernel)["vmlinuz-".Length..] + "\nseed 1\n"), (result.ExitCode, result.Output));
        hull.AssertNothingLeft();
    }

    [Theory]
    [InlineData("--privileged")]
    [InlineData("--network=host")]
    [InlineData("--pid=host")]
    [InlineData("--vm-kernel=nowhere")]
    [InlineData("--vm-kernel=/boot/vmlinuz-nowhere")]
    public void Run_OfWhatAMachineCannotDo_IsRefusedAndLeavesNothing(string option)
    {
        HullHost.RequireRoot();
        using HullHost hull = new(HullHost.Machine);

        HullResult result = hull.Run("run", option, "busybox", "true");

        Assert.Equal(125, result.ExitCode);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        hull.AssertNothingLeft();
    }
}
