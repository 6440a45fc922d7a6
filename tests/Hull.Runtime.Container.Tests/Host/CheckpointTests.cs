using System.Diagnostics;
using System.Globalization;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>Containers that are saved and brought back through CRIU.</summary>
public sealed class CheckpointTests
{
    private const string Counting = "i=0; while :; do i=$((i+1)); echo $i >/count; sleep 0.02; done";

    // Each waits for the number to grow beyond what it was.
    private const string Grows = "count() { c=$(cat rootfs/count 2>/dev/null); echo ${c:-0}; }; grows() { was=$1; while [ $(count) -le $was ]; do :; done; };";

    [Fact]
    public void Restore_OfASavedContainer_GoesOnCounting()
    {
        using TestContainer container = new();
        OciProgram program = Prepare(container);

        (int code, string output) = program.Shell($$"""
            {{Grows}}
            $oci run -d $id </dev/null >/dev/null 2>&1; grows 5
            $oci checkpoint --image-path image $id || exit 1
            $oci list -q; stopped=$(count)
            $oci restore -d --image-path image --pid-file pid $id </dev/null >/dev/null 2>said || cat said
            grows $stopped
            [ $(count) -lt $((stopped+50)) ] && echo on
            $oci exec $id cat /etc/outside; $oci exec $id head -c 1 /proc/meminfo
            [ $(cat pid) = $($oci state $id | grep '"pid"' | tr -dc 0-9) ] && echo pid
            $oci delete -f $id && $oci list -q
            """);

        Assert.Equal((0, "on\noutside\npid\n"), (code, output));
    }

    [Fact]
    public void Checkpoint_WithPreDumpAndLeaveRunning_LetsTheContainerGoOn()
    {
        using TestContainer container = new();
        OciProgram program = Prepare(container);

        (int code, string output) = program.Shell($$"""
            {{Grows}}
            $oci run -d $id </dev/null >/dev/null 2>&1; grows 5
            if ! $oci checkpoint --pre-dump --image-path parent $id 2>said; then
                grep -q -i -e track -e dirty said && echo "no dirty page tracking" && exit 0
                cat said; exit 1
            fi
            grows $(count)
            $oci checkpoint --leave-running --parent-path ../parent --image-path image $id || exit 1
            ls image/parent/pages-1.img; grows $(count)
            $oci delete -f $id
            """);

        Assert.SkipWhen(output.Contains("no dirty page tracking", StringComparison.Ordinal), "This kernel does not track changed pages.");
        Assert.Equal((0, "image/parent/pages-1.img\n"), (code, output));
    }

    [Fact]
    public void Restore_Attached_ReturnsTheStatusAndWritesWhereTheCallerSays()
    {
        using TestContainer container = new();
        OciProgram program = Prepare(container, "while [ ! -e /go ]; do sleep 0.02; done; echo back; exit 7");

        (int code, string output) = program.Shell("""
            $oci run -d $id </dev/null 2>/dev/null | cat >/dev/null &
            while [ "$($oci list -q 2>/dev/null)" = "" ]; do :; done
            $oci checkpoint --image-path image $id || exit 1
            touch rootfs/go
            $oci restore --image-path image $id | cat
            $oci list -q
            """);

        Assert.Equal((0, "back\n"), (code, output));
    }

    [Theory]
    [InlineData("checkpoint --lazy-pages", "--lazy-pages")]
    [InlineData("checkpoint --manage-cgroups-mode all", "manage-cgroups-mode")]
    [InlineData("checkpoint --parent-path /x", "--parent-path")]
    [InlineData("checkpoint --page-server here", "ADDRESS:PORT")]
    [InlineData("restore --no-pivot", "--no-pivot")]
    public void Command_WithAnOptionThatIsNotPossible_SaysSo(string command, string expected)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];
        OciProgram program = new(container);
        program.WriteConfiguration();

        (int code, string output) = program.Shell($"$oci create $id </dev/null >/dev/null 2>&1; $oci {command} $id");

        Assert.NotEqual(0, code);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoint_WithoutCriu_NamesWhatIsMissing()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        container.Spec.Process!.Args = ["sleep", "100"];
        OciProgram program = new(container);
        program.WriteConfiguration();

        (int code, string output) = program.Shell("$oci run -d $id </dev/null >/dev/null 2>&1; PATH=/nowhere $oci checkpoint $id");

        Assert.NotEqual(0, code);
        Assert.Contains("The program 'criu' was not found in PATH", output, StringComparison.Ordinal);
    }

    private static OciProgram Prepare(TestContainer container, string script = Counting)
    {
        TestContainer.SkipWithoutRoot();
        SkipWithoutCriu();
        File.WriteAllText(container.DirectoryPath + "/outside", "outside\n");
        container.Mount(new Oci.Runtime.MountSpec { Destination = "/etc/outside", Type = "bind", Source = "outside", Options = ["bind", "ro"] });
        container.Spec.Process!.Args = ["sh", "-c", script];
        container.Spec.Linux!.MaskedPaths = ["/proc/meminfo", "/proc/fs"];
        container.Spec.Linux.ReadonlyPaths = ["/proc/sys"];
        OciProgram program = new(container);
        program.WriteConfiguration();
        return program;
    }

    private static void SkipWithoutCriu()
    {
        string? path = Array.Find((string[])["/usr/sbin/criu", "/usr/local/sbin/criu"], File.Exists);
        Assert.SkipUnless(path is not null, "CRIU is not installed.");
        using Process process = Process.Start(new ProcessStartInfo(path!, ["check"]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.SkipUnless(
            process.ExitCode == 0,
            string.Create(CultureInfo.InvariantCulture, $"criu check fails here: {errors.GetAwaiter().GetResult().Split('\n')[0]}"));
    }
}
