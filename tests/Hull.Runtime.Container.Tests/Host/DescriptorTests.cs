namespace Hull.Runtime.Container.Tests.Host;

/// <summary>Descriptors that a caller hands through <c>--preserve-fds</c>.</summary>
public sealed class DescriptorTests
{
    private const string Talk = "cat <&3; echo from the process >&4; ls /proc/self/fd";

    [Fact]
    public void Run_WithPreservedDescriptors_GivesThemAndNoOthers()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        OciProgram program = Prepare(container, Talk);

        (int code, string output) = program.Shell("echo for the process > in; exec 3<in 4>out 5</etc/passwd; $oci run --preserve-fds 2 $id");

        // ls itself opens the next free one for the directory it reads.
        Assert.Equal((0, "for the process\n0\n1\n2\n3\n4\n5\n"), (code, output));
        Assert.Equal("from the process\n", File.ReadAllText(container.DirectoryPath + "/out"));
    }

    [Fact]
    public void Create_WithPreservedDescriptors_KeepsThemUntilStart()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        OciProgram program = Prepare(container, Talk);

        (int code, string output) = program.Shell("""
            echo for the process > in
            $oci create --preserve-fds 2 $id 3<in 4>out >told 2>&1 && $oci start $id
            while [ "$($oci state $id | grep -c '"stopped"')" = 0 ]; do :; done
            cat told out
            """);

        Assert.Equal((0, "for the process\n0\n1\n2\n3\n4\n5\nfrom the process\n"), (code, output));
    }

    [Fact]
    public void Exec_WithPreservedDescriptors_GivesThemToTheNewProcess()
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        OciProgram program = Prepare(container, "sleep 100");

        (int code, string output) = program.Shell($"""
            echo for the process > in
            $oci run -d $id </dev/null >/dev/null 2>&1 && $oci exec --preserve-fds 2 $id sh -c '{Talk}' 3<in 4>out
            """);

        Assert.Equal((0, "for the process\n0\n1\n2\n3\n4\n5\n"), (code, output));
        Assert.Equal("from the process\n", File.ReadAllText(container.DirectoryPath + "/out"));
    }

    [Theory]
    [InlineData("run")]
    [InlineData("create")]
    public void Make_WithADescriptorThatIsNotOpen_SaysSo(string command)
    {
        TestContainer.SkipWithoutRoot();
        using TestContainer container = new();
        OciProgram program = Prepare(container, "true");

        (int code, string output) = program.Shell($"exec 3>&- 4>&- 5>&-; $oci {command} --preserve-fds 3 $id");

        Assert.NotEqual(0, code);
        Assert.Contains("preserve", output, StringComparison.Ordinal);
        Assert.Empty(container.Runtime.List());
    }

    private static OciProgram Prepare(TestContainer container, string script)
    {
        container.Spec.Process!.Args = ["sh", "-c", script];
        OciProgram program = new(container);
        program.WriteConfiguration();
        return program;
    }
}
