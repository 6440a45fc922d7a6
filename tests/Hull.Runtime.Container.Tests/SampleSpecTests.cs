using System.Text.Json;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container.Tests;

public sealed class SampleSpecTests
{
    [Fact]
    public void Make_WrittenAndReadBack_KeepsWhatTheSpecificationRequires()
    {
        string json = JsonSerializer.Serialize(SampleSpec.Make(hasUnifiedCgroups: true), RuntimeJson.Default.RuntimeSpec);

        JsonElement root = JsonDocument.Parse(json).RootElement;

        Assert.Equal(0, root.GetProperty("process").GetProperty("user").GetProperty("uid").GetInt32());
        Assert.Equal("/", root.GetProperty("process").GetProperty("cwd").GetString());
        Assert.False(root.GetProperty("linux").GetProperty("resources").GetProperty("devices")[0].GetProperty("allow").GetBoolean());
        Assert.Equal("rootfs", root.GetProperty("root").GetProperty("path").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Make_HasACgroupNamespace_OnlyOnUnifiedHosts(bool unified) =>
        Assert.Equal(unified, SampleSpec.Make(unified).Linux!.Namespaces!.Any(space => space.Type == "cgroup"));

    [Fact]
    public void MakeRootless_MapsOneUser_AndMountsNothingHeMayNot()
    {
        RuntimeSpec spec = SampleSpec.Make(hasUnifiedCgroups: false);

        SampleSpec.MakeRootless(spec, 1000, 1001);

        Assert.DoesNotContain(spec.Linux!.Namespaces!, space => space.Type == "network");
        Assert.Contains(spec.Linux.Namespaces!, space => space.Type == "user");
        Assert.Equal(1000u, Assert.Single(spec.Linux.UidMappings!).HostID);
        Assert.Equal(1001u, Assert.Single(spec.Linux.GidMappings!).HostID);
        Assert.Null(spec.Linux.Resources);
        Assert.DoesNotContain(spec.Mounts!, mount => mount.Type == "sysfs");
        Assert.DoesNotContain(spec.Mounts!.SelectMany(mount => mount.Options ?? []), option => option.StartsWith("gid=", StringComparison.Ordinal));
    }

    [Fact]
    public void MountOptionNames_AreAllUnderstood()
    {
        foreach (string name in RuntimeFeatures.MountOptionNames)
        {
            Assert.Equal((name, 0), (name, MountOptions.Parse("tmpfs", [name]).Data.Count));
        }
    }

    [Fact]
    public void Write_OfTheFeatures_IsAnObjectWithTheVersions()
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            RuntimeFeatures.Write(writer);
        }

        JsonElement root = JsonDocument.Parse(stream.ToArray()).RootElement;

        Assert.Equal("1.0.0", root.GetProperty("ociVersionMin").GetString());
        Assert.Contains("SCMP_ACT_NOTIFY", root.GetProperty("linux").GetProperty("seccomp").GetProperty("actions").EnumerateArray().Select(e => e.GetString()));
    }
}
