using System.Text;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Tests;

/// <summary>Members that contradict each other, or would mean nothing.</summary>
public sealed class SpecificationRulesTests
{
    [Theory]
    [InlineData("""{"ociVersion":"2.0.0"}""", "ociVersion '2.0.0'")]
    [InlineData("""{"ociVersion":"latest"}""", "ociVersion 'latest'")]
    [InlineData("""{"process":{"rlimits":[{"type":"RLIMIT_CORE","soft":1,"hard":1},{"type":"RLIMIT_CPU"},{"type":"RLIMIT_CORE"}]}}""", "'RLIMIT_CORE' is listed twice")]
    [InlineData("""{"process":{"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":8}}}""", "I/O priority '8'")]
    [InlineData("""{"process":{"ioPriority":{"class":"IOPRIO_CLASS_BE","priority":-1}}}""", "I/O priority '-1'")]
    [InlineData("""{"process":{"scheduler":{"policy":"SCHED_OTHER","nice":20}}}""", "nice value '20'")]
    [InlineData("""{"linux":{"timeOffsets":{"monotonic":{"secs":1}}}}""", "time offsets")]
    [InlineData("""{"linux":{"namespaces":[{"type":"time","path":"/x"}],"timeOffsets":{"monotonic":{"secs":1}}}}""", "time offsets")]
    [InlineData("""{"linux":{"uidMappings":[{"size":1}]}}""", "id mappings need a user namespace")]
    [InlineData("""{"linux":{"gidMappings":[{"size":1}],"namespaces":[{"type":"pid"}]}}""", "id mappings need a user namespace")]
    [InlineData("""{"linux":{"personality":{"domain":"LINUX","flags":["ADDR_NO_RANDOMIZE"]}}}""", "'ADDR_NO_RANDOMIZE'")]
    public void Check_OfWhatCannotBe_NamesIt(string json, string expected)
    {
        RuntimeSpec spec = RuntimeSpecReader.Read(Encoding.UTF8.GetBytes(json));

        HullException error = Assert.Throws<HullException>(() => SpecificationRules.Check(spec));

        Assert.Equal(ErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"ociVersion":"1.0.2-dev"}""")]
    [InlineData("""{"linux":{"uidMappings":[],"gidMappings":[],"timeOffsets":{},"personality":{"domain":"LINUX","flags":[]}}}""")]
    [InlineData("""{"linux":{"uidMappings":[{"size":1}],"gidMappings":[{"size":1}],"namespaces":[{"type":"user"}]}}""")]
    [InlineData("""{"linux":{"timeOffsets":{"monotonic":{"secs":1}},"namespaces":[{"type":"time"}]}}""")]
    [InlineData("""{"mounts":[{"destination":"/a","type":"bind","options":["rbind","ro","rro","nosuid","rslave","sync","lazytime","silent","x-mount.mkdir","idmap","noatime","norelatime"]}]}""")]
    [InlineData("""{"mounts":[{"destination":"/a","type":"tmpfs","options":["size=1m","anything"]}]}""")]
    public void Check_OfWhatCanBe_IsContent(string json) => SpecificationRules.Check(RuntimeSpecReader.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("""{"process":{"user":{"username":"bob"}}}""", false, "process.user.username")]
    [InlineData("""{"process":{"commandLine":"cmd /c"}}""", false, "process.commandLine")]
    [InlineData("""{"mounts":[{"destination":"/a","type":"bind","options":["ro","size=1m"]}]}""", false, "size=1m")]
    [InlineData("""{"mounts":[{"destination":"/a","type":"none","options":["rbind","uid=0"]}]}""", false, "uid=0")]
    [InlineData("""{"mounts":[{"destination":"/a","type":"bind","options":["rbind","ro","rro","rslave","sync","silent","x-a","idmap","noatime"]}]}""", true, null)]
    [InlineData("""{"linux":{"resources":{"memory":{"kernel":1}}}}""", false, "memory.kernel")]
    [InlineData("""{"linux":{"resources":{"memory":{"useHierarchy":false}}}}""", false, "memory.useHierarchy")]
    [InlineData("""{"linux":{"resources":{"memory":{"swappiness":1}}}}""", true, "memory.swappiness")]
    [InlineData("""{"linux":{"resources":{"memory":{"disableOOMKiller":true}}}}""", true, "memory.disableOOMKiller")]
    [InlineData("""{"linux":{"resources":{"memory":{"kernelTCP":1}}}}""", true, "memory.kernelTCP")]
    [InlineData("""{"linux":{"resources":{"cpu":{"realtimePeriod":1}}}}""", true, "cpu.realtimeRuntime")]
    [InlineData("""{"linux":{"resources":{"network":{"classID":1}}}}""", true, "network")]
    [InlineData("""{"linux":{"resources":{"network":{"classID":1}}}}""", false, null)]
    [InlineData("""{"linux":{"resources":{"memory":{"useHierarchy":true,"kernel":0,"disableOOMKiller":false},"network":{}}}}""", true, null)]
    public void Warn_OfWhatNobodyCanHave_NamesIt(string json, bool unified, string? expected)
    {
        TestLog log = new();

        SpecificationRules.Warn(log, RuntimeSpecReader.Read(Encoding.UTF8.GetBytes(json)), unified);

        Assert.Equal(expected is null ? [] : [expected], log.Warnings.Select(text => text.Split('\'')[1]));
    }
}
