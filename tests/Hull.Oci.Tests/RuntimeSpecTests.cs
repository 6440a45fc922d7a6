using System.Text.Json;
using Hull.Oci.Runtime;

namespace Hull.Oci.Tests;

public sealed class RuntimeSpecTests
{
    [Fact]
    public void Deserialize_OfAConfig_FindsNestedMembers()
    {
        const string Config = """
            {"ociVersion":"1.2.0","process":{"args":["/bin/true"],"cwd":"/","user":{"uid":7}},
             "linux":{"uidMappings":[{"containerID":0,"hostID":100000,"size":65536}],"resources":{"memory":{"disableOOMKiller":true}}}}
            """;

        RuntimeSpec? spec = JsonSerializer.Deserialize(Config, RuntimeJson.Default.RuntimeSpec);

        Assert.Equal(["/bin/true"], spec?.Process?.Args);
        Assert.Equal(7u, spec?.Process?.User?.Uid);
        Assert.Equal(100000u, spec?.Linux?.UidMappings?[0].HostID);
        Assert.True(spec?.Linux?.Resources?.Memory?.DisableOOMKiller);
    }
}
