using System.Text.Json;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests;

public sealed class SpecificationCheckTests
{
    [Theory]
    [InlineData("""{"process":{"args":["sh",null],"cwd":"/"}}""", "process.args")]
    [InlineData("""{"mounts":[null]}""", "mounts")]
    [InlineData("""{"mounts":[{"destination":"/a","options":[null]}]}""", "mounts.options")]
    [InlineData("""{"hooks":{"poststop":[null]}}""", "hooks")]
    [InlineData("""{"linux":{"namespaces":[null]}}""", "linux.namespaces")]
    [InlineData("""{"linux":{"sysctl":{"net.a":null}}}""", "linux.sysctl")]
    [InlineData("""{"linux":{"resources":{"devices":[null]}}}""", "linux.resources.devices")]
    [InlineData("""{"linux":{"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[null]}}}""", "linux.seccomp.syscalls")]
    public void Check_OfAHole_NamesTheList(string json, string name)
    {
        RuntimeSpec spec = JsonSerializer.Deserialize(json, RuntimeJson.Default.RuntimeSpec)!;

        HullException error = Assert.Throws<HullException>(() => SpecificationCheck.Check(spec));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains($"'{name}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_OfTheSample_IsContent() => SpecificationCheck.Check(SampleSpec.Make(hasUnifiedCgroups: true));

    [Fact]
    public void Plan_OfProcOnTheRootItself_Compiles()
    {
        RuntimeSpec spec = SampleSpec.Make(hasUnifiedCgroups: false);
        spec.Process!.Terminal = false;
        spec.Mounts = [new MountSpec { Destination = "/", Type = "proc", Source = "proc" }];

        Bundle bundle = new()
        {
            Id = ContainerId.Parse("plan"),
            Directory = "/nonexistent",
            Spec = spec,
            Root = new RootFilesystem { Path = "/nonexistent/rootfs" },
            Streams = new TaskStreams(),
        };

        Assert.True(ContainerRuntime.Plan(bundle, new CreateOptions()).Steps.Length > 0);
    }
}
