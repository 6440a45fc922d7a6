using System.Text;
using Hull.Runtime.Container.Tests.Host;

namespace Hull.Runtime.Container.Tests.Systemd;

/// <summary>hull-oci --systemd-cgroup of a user without privileges, who asks their own systemd over their own bus.</summary>
public sealed class UserSystemdTests
{
    private const string Spec = "$oci spec --rootless; sed -i 's/\"terminal\": true/\"terminal\": false/; s/\"sh\"/\"sh\",\"-c\",\"echo inside\"/' config.json";

    [Fact]
    public void Run_OfAnOrdinaryUser_StartsAndStopsAScopeOfTheirs()
    {
        (string output, IReadOnlyList<string> calls) = Run(Spec + "; $oci --systemd-cgroup run one </dev/null; ls state");

        Assert.Equal("inside\n", output);
        Assert.Equal(("user " + HexOf(OrdinaryUser.Id), "Hello"), (calls[0], calls[1]));
        string start = Assert.Single(calls, call => call.StartsWith("start ", StringComparison.Ordinal));
        Assert.Equal(
            "start hull-one.scope replace Description=Hull container one Slice=user.slice Delegate=1 PIDs DefaultDependencies=0 "
            + "MemoryAccounting=1 CPUAccounting=1 TasksAccounting=1 BlockIOAccounting=1",
            start);
        Assert.Contains("stop hull-one.scope", calls);
    }

    // What an engine without privileges is: root of a user namespace. The bus knows it by its id outside.
    [Fact]
    public void Run_OfAUserNamespacesRoot_SaysWhoItIsOutside()
    {
        (string output, IReadOnlyList<string> calls) = Run(
            Spec + "; sed -i 's/\"hostID\": [0-9]*/\"hostID\": 0/' config.json; unshare --user --map-root-user --mount $oci --systemd-cgroup run one </dev/null");

        Assert.Equal("inside\n", output);
        Assert.Equal("user " + HexOf(OrdinaryUser.Id), calls[0]);
    }

    [Fact]
    public void Run_WithLimitsThatCannotBeWritten_TellsSystemdAndStopsTheScope()
    {
        (string output, IReadOnlyList<string> calls) = Run(Spec
            + """; sed -i 's#"linux": {#&"cgroupsPath":"app.slice:pre:name","resources":{"memory":{"limit":67108864},"cpu":{"shares":512},"pids":{"limit":9}},#' config.json"""
            + "; $oci --systemd-cgroup run one </dev/null; ls state");

        Assert.Contains("could not join or create cgroup for the controller", output, StringComparison.Ordinal);
        string start = Assert.Single(calls, call => call.StartsWith("start ", StringComparison.Ordinal));
        Assert.StartsWith("start pre-name.scope replace Description=Hull container one Slice=app.slice ", start, StringComparison.Ordinal);
        Assert.EndsWith(" MemoryLimit CPUShares TasksMax", start, StringComparison.Ordinal);
        Assert.Contains("stop pre-name.scope", calls);
    }

    [Fact]
    public void Run_WithoutABusOfTheUser_SaysWhatIsMissing()
    {
        (string output, _) = Run(Spec + "; DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere $oci --systemd-cgroup run one </dev/null; ls state");

        Assert.Equal(
            "hull-oci: The cgroup manager 'systemd' cannot be used: no bus of the user's own systemd at '/nowhere'; log in through it, or set DBUS_SESSION_BUS_ADDRESS.\n",
            output);
    }

    private static string HexOf(int id) => Convert.ToHexString(Encoding.ASCII.GetBytes($"{id}"));

    private static (string Output, IReadOnlyList<string> Calls) Run(string script)
    {
        OrdinaryUser.Require(OciProgram.Path);
        Assert.SkipWhen(File.Exists("/sys/fs/cgroup/cgroup.controllers"), "With version 2 alone the scope's cgroup must be a real one.");
        using TestContainer container = new();
        using FakeSystemd systemd = new(container.DirectoryPath + "/bus", "/hulltest-nobody/" + container.Id);
        (_, string output) = OrdinaryUser.Run(container.DirectoryPath, script, hasRange: false, new Dictionary<string, string>
        {
            ["oci"] = $"{OciProgram.Path} --root {container.DirectoryPath}/state",
            ["DBUS_SESSION_BUS_ADDRESS"] = $"unix:path={container.DirectoryPath}/bus",
        });
        return (output, systemd.Calls);
    }
}
