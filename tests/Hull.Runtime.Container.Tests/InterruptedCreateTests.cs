using System.Text.Json;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container.Tests;

public sealed class InterruptedCreateTests : IDisposable
{
    private readonly string _state = Directory.CreateTempSubdirectory("hull-interrupted-").FullName;

    public void Dispose() => Directory.Delete(_state, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Delete_OfContainerKilledBeforeItsCgroupWasMade_RemovesIt(bool hasWholeSpecification)
    {
        Assert.SkipUnless(CgroupHost.Current.Layout != CgroupLayout.None, "No cgroups are mounted.");
        string directory = Path.Combine(_state, "half");
        Directory.CreateDirectory(directory);
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(SampleSpec.Make(hasUnifiedCgroups: true), RuntimeJson.Default.RuntimeSpec);
        File.WriteAllBytes(Path.Combine(directory, "config.json"), hasWholeSpecification ? text : text[..^10]);

        new ContainerRuntime(_state).Delete(ContainerId.Parse("half"), force: true);

        Assert.False(Directory.Exists(directory));
    }
}
