namespace Hull.System.Tests;

/// <summary>hull-oci --systemd-cgroup where Debian's systemd is the first process, in QEMU; with and without a message bus.</summary>
public sealed class SystemdCgroupTests
{
    private const string Configuration = """
        {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],"cwd":"/",
        "capabilities":{"bounding":["CAP_MKNOD"],"effective":["CAP_MKNOD"],"permitted":["CAP_MKNOD"]}},
        "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs"},{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup"}],
        "annotations":{"org.systemd.property.TimeoutStopSec":"7","org.systemd.property.CollectMode":"'inactive-or-failed'"},
        "linux":{"cgroupsPath":"machine.slice:hulltest:c1","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"cgroup"}],
        "resources":{"cpu":{"shares":2048,"quota":50000,"period":100000,"cpus":"0"},
        "memory":{"limit":67108864,"swap":134217728,"reservation":33554432},"pids":{"limit":33},
        "unified":{"memory.high":"60000000"},
        "devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}}}
        """;

    // Each "say NAME COMMAND..." is one line of results.
    private const string Script = """
        #!/bin/busybox sh
        export PATH=/bin
        exec >/dev/ttyS0 2>&1
        say() { name=$1; shift; out=$("$@" 2>&1); echo "== $name: [$?] $(echo "$out" | tr '\n' ' ' | sed 's/ *$//')"; }
        oci="hull-oci --systemd-cgroup"
        cd /b
        sed 's/"machine.slice:hulltest:c1"/""/' config.json >plain.json
        say private sh -c "$oci run --no-pivot -f plain.json -d c0 </dev/null >/run/said 2>&1; code=\$?; cat /run/said; exit \$code"
        say slice systemctl show -p Slice -p ControlGroup hull-c0.scope
        say ended $oci delete -f c0
        say forgotten systemctl show -p LoadState hull-c0.scope
        systemctl start dbus.service
        say run sh -c "$oci run --no-pivot -d c1 </dev/null >/run/said 2>&1; code=\$?; cat /run/said; exit \$code"
        for name in Slice Description Delegate CPUWeight CPUQuotaPerSecUSec MemoryMax MemorySwapMax MemoryLow MemoryHigh TasksMax AllowedCPUs DevicePolicy TimeoutStopUSec CollectMode ActiveState; do
            say $name systemctl show --value -p $name hulltest-c1.scope
        done
        say devices sh -c 'systemctl show -p DeviceAllow hulltest-c1.scope'
        cd /sys/fs/cgroup/machine.slice/hulltest-c1.scope
        say files cat cpu.weight cpu.max cpuset.cpus memory.max memory.swap.max memory.low memory.high pids.max io.max
        say processes sh -c 'grep -c . cgroup.procs'
        say view hull-oci exec c1 cat /proc/self/cgroup
        say denied hull-oci exec c1 sh -c 'mknod /m c 1 1; head -c 1 /m'
        say null hull-oci exec c1 sh -c 'mknod /n c 1 3; head -c 1 /n && echo read'
        say update hull-oci update --memory 33554432 --pids-limit 11 --cpu-quota 20000 --cpu-period 100000 c1
        say properties systemctl show --value -p MemoryMax -p TasksMax -p CPUQuotaPerSecUSec hulltest-c1.scope
        systemctl daemon-reload
        say reloaded cat memory.max pids.max cpu.max
        say afterwards hull-oci exec c1 sh -c 'head -c 1 /m'
        say pause hull-oci pause c1
        say frozen cat cgroup.freeze
        say resume hull-oci resume c1
        cd /
        say twice $oci run --no-pivot -b /b -d c2
        say delete hull-oci delete -f c1
        say gone systemctl show --value -p LoadState hulltest-c1.scope
        say directory ls -d /sys/fs/cgroup/machine.slice/hulltest-c1.scope
        say bad sh -c "sed 's/machine.slice:hulltest:c1/nocolons/' /b/config.json >/b/bad.json; $oci run --no-pivot -b /b -f /b/bad.json -d c3"
        say failing sh -c "sed 's/\"sleep\",/\"nosuch\",/' /b/config.json >/b/bad.json; $oci run --no-pivot -b /b -f /b/bad.json -d c4"
        say left sh -c 'systemctl list-units --all --no-legend --plain "hull*"; hull-oci list -q'
        echo "== end: [0]"
        poweroff -f
        """;

    [Fact]
    public void Run_WithSystemd_MakesChangesAndRemovesTheUnit()
    {
        SystemdGuest.Require();

        Dictionary<string, string> said = EmulatedGuest.Run(SystemdGuest.Make(Configuration, Script));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        // Without a bus, over systemd's own socket.
        Assert.Equal(("[0]", "[0] Slice=system.slice ControlGroup=/system.slice/hull-c0.scope"), (said["private"], said["slice"]));
        Assert.Equal(("[0]", "[0] LoadState=not-found"), (said["ended"], said["forgotten"]));

        Assert.Equal(("[0]", "[0] machine.slice", "[0] Hull container c1"), (said["run"], said["Slice"], said["Description"]));
        Assert.Equal(("[0] yes", "[0] active"), (said["Delegate"], said["ActiveState"]));
        Assert.Equal(("[0] 174", "[0] 500ms", "[0] 0"), (said["CPUWeight"], said["CPUQuotaPerSecUSec"], said["AllowedCPUs"]));
        Assert.Equal(("[0] 67108864", "[0] 67108864"), (said["MemoryMax"], said["MemorySwapMax"]));
        Assert.Equal(("[0] 33554432", "[0] 60000000", "[0] 33"), (said["MemoryLow"], said["MemoryHigh"], said["TasksMax"]));
        Assert.Equal(("[0] strict", "[0] 7s", "[0] inactive-or-failed"), (said["DevicePolicy"], said["TimeoutStopUSec"], said["CollectMode"]));
        Assert.Contains("DeviceAllow=/dev/char/1:11 r", said["devices"], StringComparison.Ordinal);
        Assert.Equal("[0] 174 50000 100000 0 67108864 67108864 33554432 59998208 33", said["files"]);
        Assert.Equal(("[0] 1", "[0] 0::/"), (said["processes"], said["view"]));
        Assert.Equal(("[1] head: /m: Operation not permitted", "[0] read"), (said["denied"], said["null"]));

        // What was updated is still so after systemd wrote everything anew.
        Assert.Equal(("[0]", "[0] 200ms 33554432 11"), (said["update"], said["properties"]));
        Assert.Equal("[0] 33554432 11 20000 100000", said["reloaded"]);
        Assert.Equal("[1] head: /m: Operation not permitted", said["afterwards"]);
        Assert.Equal(("[0]", "[0] 1", "[0]"), (said["pause"], said["frozen"], said["resume"]));

        Assert.StartsWith("[1]", said["twice"], StringComparison.Ordinal);
        Assert.Contains("hulltest-c1.scope", said["twice"], StringComparison.Ordinal);
        Assert.Equal(("[0]", "[0] not-found"), (said["delete"], said["gone"]));
        Assert.StartsWith("[1]", said["directory"], StringComparison.Ordinal);
        Assert.Contains("slice:prefix:name", said["bad"], StringComparison.Ordinal);
        Assert.Contains("executable file not found", said["failing"], StringComparison.Ordinal);
        Assert.Equal("[0]", said["left"]);
    }

    private const string LegacyConfiguration = """
        {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],"cwd":"/",
        "capabilities":{"bounding":["CAP_MKNOD"],"effective":["CAP_MKNOD"],"permitted":["CAP_MKNOD"]}},
        "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
        "linux":{"cgroupsPath":"machine.slice:hulltest:c1","namespaces":[{"type":"pid"},{"type":"mount"}],
        "resources":{"cpu":{"shares":2048,"quota":50000,"period":100000},"memory":{"limit":67108864},"pids":{"limit":33},
        "devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}}}
        """;

    private const string LegacyScript = """
        #!/bin/busybox sh
        export PATH=/bin
        exec >/dev/ttyS0 2>&1
        say() { name=$1; shift; out=$("$@" 2>&1); echo "== $name: [$?] $(echo "$out" | tr '\n' ' ' | sed 's/ *$//')"; }
        oci="hull-oci --systemd-cgroup"
        systemctl start dbus.service
        cd /b
        say run sh -c "$oci run --no-pivot -d c1 </dev/null >/run/said 2>&1; code=\$?; cat /run/said; exit \$code"
        for name in Slice CPUShares CPUQuotaPerSecUSec MemoryLimit TasksMax DevicePolicy ActiveState ControlGroup; do
            say $name systemctl show --value -p $name hulltest-c1.scope
        done
        f=/sys/fs/cgroup
        g=machine.slice/hulltest-c1.scope
        say files cat $f/cpu/$g/cpu.shares $f/cpu/$g/cpu.cfs_quota_us $f/memory/$g/memory.limit_in_bytes $f/pids/$g/pids.max
        say denied hull-oci exec c1 sh -c 'mknod /m c 1 1; head -c 1 /m'
        say null hull-oci exec c1 sh -c 'mknod /n c 1 3; head -c 1 /n && echo read'
        say update hull-oci update --memory 33554432 --pids-limit 11 --cpu-quota 20000 --cpu-period 100000 c1
        systemctl daemon-reload
        say reloaded cat $f/memory/$g/memory.limit_in_bytes $f/pids/$g/pids.max $f/cpu/$g/cpu.cfs_quota_us
        say afterwards hull-oci exec c1 sh -c 'head -c 1 /m'
        say pause hull-oci pause c1
        say frozen cat $f/freezer/$g/freezer.state
        say resume hull-oci resume c1
        cd /
        say delete hull-oci delete -f c1
        say gone systemctl show --value -p LoadState hulltest-c1.scope
        say left sh -c "ls -d $f/*/$g | wc -l"
        echo "== end: [0]"
        poweroff -f
        """;

    [Fact]
    public void Run_WithSystemdOnVersion1_MakesChangesAndRemovesTheUnit()
    {
        SystemdGuest.Require();

        Dictionary<string, string> said = EmulatedGuest.Run(
            SystemdGuest.Make(LegacyConfiguration, LegacyScript),
            "systemd.unified_cgroup_hierarchy=0 systemd.legacy_systemd_cgroup_controller=1");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        Assert.Equal(("[0]", "[0] machine.slice", "[0] active"), (said["run"], said["Slice"], said["ActiveState"]));
        Assert.Equal(("[0] 2048", "[0] 500ms", "[0] 67108864"), (said["CPUShares"], said["CPUQuotaPerSecUSec"], said["MemoryLimit"]));
        Assert.Equal(("[0] 33", "[0] strict"), (said["TasksMax"], said["DevicePolicy"]));
        Assert.Equal(("[0] /machine.slice/hulltest-c1.scope", "[0] 2048 50000 67108864 33"), (said["ControlGroup"], said["files"]));
        Assert.Equal(("[1] head: /m: Operation not permitted", "[0] read"), (said["denied"], said["null"]));
        Assert.Equal(("[0]", "[0] 33554432 11 20000"), (said["update"], said["reloaded"]));
        Assert.Equal("[1] head: /m: Operation not permitted", said["afterwards"]);
        Assert.Equal(("[0]", "[0] FROZEN", "[0]"), (said["pause"], said["frozen"], said["resume"]));
        Assert.Equal(("[0]", "[0] not-found"), (said["delete"], said["gone"]));
        Assert.EndsWith(" 0", said["left"], StringComparison.Ordinal);
    }

    private const string UserConfiguration = """
        {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],"cwd":"/"},
        "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
        "linux":{"cgroupsPath":"app.slice:hulltest:u1","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"cgroup"},{"type":"user"}],
        "uidMappings":[{"containerID":0,"hostID":1000,"size":1}],"gidMappings":[{"containerID":0,"hostID":1000,"size":1}],
        "resources":{"cpu":{"shares":2048},"memory":{"limit":67108864},"pids":{"limit":33}}}}
        """;

    // Root only starts the user's systemd, and shows what the user's script said.
    private const string UserScript = """
        #!/bin/busybox sh
        export PATH=/bin
        exec >/dev/ttyS0 2>&1
        mkdir -p /run/user/1000; chown 1000:1000 /run/user/1000
        systemctl start user.service
        tries=0; while [ ! -e /run/user/1000/done ] && [ $tries -lt 1200 ]; do tries=$((tries+1)); sleep 0.1; done
        cat /run/user/1000/said
        echo "== end: [0]"
        poweroff -f
        """;

    private const string ScriptOfTheUser = """
        #!/bin/busybox sh
        export PATH=/bin
        exec >/run/user/1000/said 2>&1
        say() { name=$1; shift; out=$("$@" 2>&1); echo "== $name: [$?] $(echo "$out" | tr '\n' ' ' | sed 's/ *$//')"; }
        oci="hull-oci --root /run/user/1000/oci --systemd-cgroup"
        say who id -u
        systemctl --user start dbus.service
        cd /b
        say run sh -c "$oci run --no-pivot -d u1 </dev/null >/run/user/1000/out 2>&1; code=\$?; cat /run/user/1000/out; exit \$code"
        for name in Slice Delegate MemoryMax TasksMax CPUWeight ActiveState ControlGroup; do
            say $name systemctl --user show --value -p $name hulltest-u1.scope
        done
        cd /sys/fs/cgroup$(systemctl --user show --value -p ControlGroup hulltest-u1.scope)
        say files cat memory.max pids.max cpu.weight
        say inside $oci exec u1 id -u
        say update $oci update --memory 33554432 --pids-limit 11 u1
        say properties systemctl --user show --value -p MemoryMax -p TasksMax hulltest-u1.scope
        say updated cat memory.max pids.max
        say pause $oci pause u1
        say frozen cat cgroup.freeze
        say resume $oci resume u1
        cd /
        say delete $oci delete -f u1
        say gone systemctl --user show --value -p LoadState hulltest-u1.scope
        echo >/run/user/1000/done
        exec sleep 1000
        """;

    [Fact]
    public void Run_AsAnOrdinaryUser_AsksTheUsersOwnSystemd()
    {
        SystemdGuest.Require();

        Dictionary<string, string> said = EmulatedGuest.Run(
            SystemdGuest.Make(UserConfiguration, UserScript, ScriptOfTheUser), "cgroup_no_v1=all");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        Assert.Equal(("[0] 1000", "[0]", "[0] app.slice"), (said["who"], said["run"], said["Slice"]));
        Assert.Equal(("[0] yes", "[0] active"), (said["Delegate"], said["ActiveState"]));
        Assert.Equal("[0] /system.slice/user.service/app.slice/hulltest-u1.scope", said["ControlGroup"]);
        Assert.Equal(("[0] 67108864", "[0] 33", "[0] 174"), (said["MemoryMax"], said["TasksMax"], said["CPUWeight"]));
        Assert.Equal(("[0] 67108864 33 174", "[0] 0"), (said["files"], said["inside"]));
        Assert.Equal(("[0]", "[0] 33554432 11", "[0] 33554432 11"), (said["update"], said["properties"], said["updated"]));
        Assert.Equal(("[0]", "[0] 1", "[0]"), (said["pause"], said["frozen"], said["resume"]));
        Assert.Equal(("[0]", "[0] not-found"), (said["delete"], said["gone"]));
    }
}
