using Hull.Runtime.Container.Tests.Clients;

namespace Hull.Runtime.Container.Tests.Host;

/// <summary>Containers of a user without privileges: one id or a range of them, with and without cgroups of their own.</summary>
public sealed class RootlessTests
{
    // Writes the sample configuration of a user, with a program in the place of its shell.
    private const string Prepare = """
        spec() { rm -f config.json; $oci spec --rootless; sed -i 's/"terminal": true/"terminal": false/; s#"sh"#"sh","-c","'"$1"'"#' config.json; }

        """;

    private const string Range = """
        range() { sed -i "s/\"size\": 1$/&\n},{ \"containerID\": 1, \"hostID\": $first, \"size\": $1/" config.json; }

        """;

    [Fact]
    public void Life_WithOneId_IsComplete()
    {
        (int code, string output) = Run("""
            spec 'id -u; cat /proc/self/uid_map; exit 3'
            $oci run one </dev/null; echo run $?
            spec 'sleep 1000'
            $oci create two </dev/null >/dev/null 2>&1; echo create $?
            $oci state two | grep -o '"status": "[a-z]*"'
            $oci start two; echo start $?
            $oci state two | grep -o '"status": "[a-z]*"'
            $oci exec two sh -c 'id -u; test $$ != 1 && exit 5'; echo exec $?
            $oci list -q
            $oci kill two KILL; echo kill $?
            until $oci state two | grep -q stopped; do :; done
            $oci delete two; echo delete $?
            $oci run -d three </dev/null >/dev/null 2>&1; $oci delete -f three; echo force $?
            $oci list -q; ls state
            """);

        Assert.Equal(
            (0, $"""
            0
                     0      {OrdinaryUser.Id}          1
            run 3
            create 0
            "status": "created"
            start 0
            "status": "running"
            0
            exec 5
            two
            kill 0
            delete 0
            force 0

            """.ReplaceLineEndings("\n")),
            (code, output));
    }

    [Fact]
    public void Run_WithARangeOfIds_MapsThemThroughTheHelpers()
    {
        (int code, string output) = Run(Range + """
            spec 'cat /proc/self/uid_map /proc/self/gid_map; touch /tmp/x; chown 1000:50 /tmp/x; ls -ln /tmp/x'
            range 65536
            sed -i 's/"readonly": true/"readonly": false/' config.json
            sed -i 's/"CAP_KILL"/"CAP_KILL","CAP_CHOWN"/' config.json
            $oci run one </dev/null || cat config.json
            stat -c '%u %g' rootfs/tmp/x
            """, hasRange: true);

        Assert.Equal(0, code);
        string[] lines = output.Split('\n');
        Assert.Equal($"0 {OrdinaryUser.Id} 1", string.Join(' ', lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal($"1 {OrdinaryUser.FirstOfRange} 65536", string.Join(' ', lines[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal($"1 {OrdinaryUser.FirstOfRange} 65536", string.Join(' ', lines[3].Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Matches(" 1000 +50 ", lines[4]);
        Assert.Equal($"{OrdinaryUser.FirstOfRange + 999} {OrdinaryUser.FirstOfRange + 49}", lines[5]);
    }

    [Fact]
    public void Run_WithARangeThatIsNotTheUsers_SaysWhatIsMissing()
    {
        (_, string output) = Run(Range + "spec true; range 65536; $oci run one </dev/null; echo run $?; ls state");

        Assert.Contains("'newgidmap' refused the id mappings: the user needs a range in /etc/subgid that covers them.", output, StringComparison.Ordinal);
        Assert.StartsWith("run 1\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"pids\":{\"limit\":5}", "The pids limit cannot be set")]
    [InlineData("\"memory\":{\"limit\":100000000}", "The memory limit cannot be set")]
    [InlineData("\"cpu\":{\"cpus\":\"0\"}", "The cpu set cannot be set")]
    public void Run_WithALimitButNoCgroup_IsRefused(string limit, string expected)
    {
        (_, string output) = Run(
            $$$"""spec true; sed -i 's#"linux": {#&"resources":{{{{limit}}}},#' config.json; $oci run one </dev/null; echo run $?; ls state""");

        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.StartsWith("run 1\n", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pause one")]
    [InlineData("update --pids-limit 5 one")]
    public void Command_ThatNeedsACgroup_SaysThatThereIsNone(string command)
    {
        (_, string output) = Run($"spec 'sleep 1000'; $oci run -d one </dev/null >/dev/null 2>&1; $oci {command}; $oci delete -f one");

        Assert.Equal("hull-oci: The container 'one' has no cgroup of its own: its user may make none, or the cgroup manager was 'disabled'.\n", output);
    }

    // All that needs the new process's descriptors or namespaces, which its parent has no capability to take.
    [Fact]
    public void Create_WithHooksCopiesAndAFilter_ReachesTheProcessThatWaits()
    {
        (int code, string output) = Run("""
            mkdir -p rootfs/data; echo kept >rootfs/data/file; ln -s nothing/here rootfs/away
            spec 'cat /data/file; ls -d /nothing/here; ls -l /dev/ptmx; exit 3'
            sed -i 's#"mounts": \[#&{"destination":"/data","type":"tmpfs","source":"tmpfs","options":["tmpcopyup"]},{"destination":"/away","type":"tmpfs","source":"tmpfs"},#' config.json
            sed -i 's#"linux": {#&"devices":[{"path":"/dev/ptmx","type":"c","major":5,"minor":2}],#' config.json
            sed -i '1s#{#{"hooks":{"createContainer":[{"path":"/bin/true"}],"startContainer":[{"path":"/bin/touch","args":["touch","/data/hooked"]}]},#' config.json
            for filter in '' '"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["kcmp"],"action":"SCMP_ACT_ERRNO"}]},'; do
                sed -i 's#"linux": {#&'"$filter"'#' config.json
                $oci create one </dev/null >said 2>&1; echo create $?
                $oci exec one ls /data 2>&1
                $oci events --stats one
                $oci start one; echo start $?
                until $oci state one | grep -q stopped; do :; done
                cat said; $oci delete one
            done
            """);

        string[] lines = output.Split('\n');
        Assert.Equal((0, "create 0"), (code, lines[0]));
        Assert.Equal(["file", "{\"type\":\"stats\",\"id\":\"one\",\"data\":{}}", "start 0", "kept", "/nothing/here"], lines[1..6]);
        Assert.EndsWith("/dev/ptmx -> pts/ptmx", lines[6], StringComparison.Ordinal);

        // With a filter to come nobody may join before the start: they could get round it.
        Assert.Equal("create 0", lines[7]);
        Assert.Contains("setns: operation not permitted", lines[8], StringComparison.Ordinal);
        Assert.Equal("start 0", lines[10]);
    }

    [Fact]
    public void Exec_UnderAFilterWithAListener_SaysWhatIsMissing()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/python3"), "The agent is a python script (package python3).");
        (int code, string output) = Run("""
            spec 'sleep 1000'
            sed -i 's#"linux": {#&"seccomp":{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"'$PWD'/agent","syscalls":[{"names":["kcmp"],"action":"SCMP_ACT_NOTIFY"}]},#' config.json
            python3 -c 'import socket,time; s=socket.socket(socket.AF_UNIX); s.bind("agent"); s.listen(9); open("ready","w"); time.sleep(1000)' &
            until [ -e ready ]; do :; done
            $oci run -d one </dev/null >said 2>&1; echo run $?
            $oci exec one true; echo exec $?
            $oci delete -f one
            """);

        Assert.Equal(0, code);
        Assert.StartsWith("run 0\nexec 255\n", output, StringComparison.Ordinal);
        Assert.Contains("The seccomp listener cannot be given to its agent: without CAP_SYS_PTRACE", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_InCgroupsOfTheUsersOwn_HasLimitsAndCanBePaused()
    {
        OrdinaryUser.Require(OciProgram.Path);
        Assert.SkipUnless(File.Exists("/sys/fs/cgroup/pids/tasks") && File.Exists("/sys/fs/cgroup/freezer/tasks"), "This host has no version 1 hierarchies.");
        string name = "hulltest-" + Guid.NewGuid().ToString("N")[..12];
        string[] own = [$"/sys/fs/cgroup/pids/{name}", $"/sys/fs/cgroup/freezer/{name}", $"/sys/fs/cgroup/memory/{name}"];
        try
        {
            foreach (string directory in own)
            {
                Directory.CreateDirectory(directory);
                ClientCommand.Run("/bin/chown", [$"{OrdinaryUser.Id}", directory]).Succeeds();
            }

            (int code, string output) = Run($$$"""
                spec 'sleep 1000'
                sed -i 's#"linux": {#&"cgroupsPath":"/{{{name}}}/one","resources":{"pids":{"limit":7},"memory":{"limit":67108864}},#' config.json
                $oci run -d one </dev/null >/dev/null 2>said || cat said
                cat /sys/fs/cgroup/pids/{{{name}}}/one/pids.max /sys/fs/cgroup/memory/{{{name}}}/one/memory.limit_in_bytes
                $oci pause one; $oci state one | grep -o '"status": "[a-z]*"'
                $oci resume one; $oci state one | grep -o '"status": "[a-z]*"'
                $oci exec one true; echo $?
                $oci ps one | grep -c sleep
                $oci update --pids-limit 9 one; cat /sys/fs/cgroup/pids/{{{name}}}/one/pids.max
                $oci delete -f one; ls -d /sys/fs/cgroup/*/{{{name}}}/one 2>/dev/null
                :
                """);

            Assert.Equal((0, "7\n67108864\n\"status\": \"paused\"\n\"status\": \"running\"\n0\n1\n9\n"), (code, output));
        }
        finally
        {
            ClientCommand.RemoveCgroup(name);
        }
    }

    // What engines without privileges do: they are root of a user namespace of their own, and the container makes none.
    [Fact]
    public void Run_AsRootOfAUserNamespace_NeedsNoCgroupsAndShowsTheHostsDevices()
    {
        (int code, string output) = Run("""
            spec 'id -u; echo to-null >/dev/null; ls -ln /dev/null; exit 4'
            sed -i '/"uidMappings"/,/\]/d; /"gidMappings"/,/\]/d' config.json
            tr -d '\n' <config.json | sed 's/,[ ]*{[ ]*"type": "user"[ ]*}//' >flat && mv flat config.json
            unshare --user --map-root-user --mount $oci run one </dev/null; echo $?; ls state
            """);

        Assert.Equal(0, code);
        string[] lines = output.Split('\n');
        Assert.Equal("0", lines[0]);
        Assert.Matches("^crw-rw-rw- .* 65534 +65534 +1, +3 ", lines[1]);
        Assert.Equal("4", lines[2]);
    }

    [Fact]
    public void Mount_WithIdMappings_IsRefused()
    {
        (_, string output) = Run("""
            spec true
            sed -i 's#"mounts": \[#&{"destination":"/tmp","type":"bind","source":"/tmp","options":["bind"],"uidMappings":[{"containerID":0,"hostID":1,"size":1}],"gidMappings":[{"containerID":0,"hostID":1,"size":1}]},#' config.json
            $oci run one </dev/null
            """);

        Assert.Equal("hull-oci: The mount '/tmp' has id mappings, which need root: only the owner of a file system may map its ids.\n", output);
    }

    private static (int Code, string Output) Run(string script, bool hasRange = false)
    {
        OrdinaryUser.Require(OciProgram.Path);
        using TestContainer container = new();
        Directory.CreateDirectory(container.RootPath + "/tmp");
        foreach (string name in (string[])["chown", "stat"])
        {
            File.CreateSymbolicLink(container.RootPath + "/bin/" + name, "busybox");
        }

        return OrdinaryUser.Run(container.DirectoryPath, Prepare + script, hasRange, new Dictionary<string, string>
        {
            ["oci"] = $"{OciProgram.Path} --root {container.DirectoryPath}/state",
            ["first"] = $"{OrdinaryUser.FirstOfRange}",
        });
    }
}
