using System.Text.Json;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;

namespace Hull.Runtime.Container.Tests.Seccomp;

public sealed class SeccompAgentTests
{
    [Fact]
    public void StateOf_AContainer_IsWhatTheSpecificationAsksFor()
    {
        ContainerRecord record = new()
        {
            Id = ContainerId.Parse("web"),
            ProcessId = 4422,
            ProcessIdentity = 1,
            BundleDirectory = "/bundles/web",
            RootDirectory = "/bundles/web/rootfs",
            OciVersion = "1.2.0",
            Created = DateTimeOffset.UnixEpoch,
            Annotations = new Dictionary<string, string> { ["key"] = "value" },
        };

        byte[] json = SeccompAgent.StateOf(new SeccompSpec { ListenerMetadata = "MKNOD=/dev/null" }, record, "creating");

        JsonElement state = JsonDocument.Parse(json).RootElement;
        Assert.Equal("0.2.0", state.GetProperty("ociVersion").GetString());
        Assert.Equal("seccompFd", state.GetProperty("fds")[0].GetString());
        Assert.Equal(4422, state.GetProperty("pid").GetInt32());
        Assert.Equal("MKNOD=/dev/null", state.GetProperty("metadata").GetString());
        Assert.Equal("creating", state.GetProperty("state").GetProperty("status").GetString());
        Assert.Equal("value", state.GetProperty("state").GetProperty("annotations").GetProperty("key").GetString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void CompileIfAny_OfABlankProfile_IsNone(string? action)
    {
        Assert.Null(SeccompCompiler.CompileIfAny(action is null ? null : new SeccompSpec { DefaultAction = action }));
        Assert.NotNull(SeccompCompiler.CompileIfAny(new SeccompSpec { DefaultAction = "SCMP_ACT_LOG" }));
    }
}
