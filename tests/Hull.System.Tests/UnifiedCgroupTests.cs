using System.Text;

namespace Hull.System.Tests;

/// <summary>hull-oci on a Debian kernel that has version 2 cgroups only, in QEMU without hardware virtualization.</summary>
public sealed class UnifiedCgroupTests
{
    private const string Configuration = """
        {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["sleep","1000"],"env":["PATH=/bin"],"cwd":"/",
        "capabilities":{"bounding":["CAP_MKNOD","CAP_SYSLOG"],"effective":["CAP_MKNOD","CAP_SYSLOG"],"permitted":["CAP_MKNOD","CAP_SYSLOG"]}},
        "root":{"path":"rootfs"},"mounts":[{"destination":"/proc","type":"proc","source":"proc"},
        {"destination":"/dev","type":"tmpfs","source":"tmpfs"},{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup"}],
        "linux":{"cgroupsPath":"/hulltest/c1","namespaces":[{"type":"pid"},{"type":"mount"},{"type":"cgroup"}],
        "resources":{"cpu":{"shares":2048,"quota":50000,"period":100000,"cpus":"0","mems":"0"},
        "memory":{"limit":67108864,"swap":134217728,"reservation":33554432},"pids":{"limit":33},
        "blockIO":{"weight":500,"throttleReadBpsDevice":[{"major":259,"minor":0,"rate":1048576}]},"unified":{"memory.high":"60000000"},
        "devices":[{"allow":false,"access":"rwm"},{"allow":true,"type":"c","major":1,"minor":11,"access":"r"}]}}}
        """;

    // Each "say NAME COMMAND..." is one line of results; NVMe is built into Debian's cloud kernel, so there is a block device.
    private const string Script = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        PATH=/bin
        mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
        mount -t cgroup2 none /sys/fs/cgroup
        say() { name=$1; shift; out=$("$@" 2>&1); echo "== $name: [$?] $(echo "$out" | tr '\n' ' ' | sed 's/ *$//')"; }
        while [ ! -e /dev/nvme0n1 ]; do sleep 0.1; done
        cd /b
        say run sh -c 'hull-oci run --no-pivot -d c1 </dev/null >/run/said 2>&1; code=$?; cat /run/said; exit $code'
        cd /sys/fs/cgroup/hulltest/c1
        for file in cpu.weight cpu.max cpuset.cpus cpuset.mems memory.max memory.swap.max memory.low memory.high pids.max io.max io.weight; do
            say $file cat $file
        done
        say view hull-oci exec c1 cat /proc/self/cgroup
        say seen hull-oci exec c1 cat /sys/fs/cgroup/pids.max
        say denied hull-oci exec c1 sh -c 'mknod /m c 1 1; head -c 1 /m'
        say kmsg hull-oci exec c1 sh -c 'mknod /k c 1 11; head -c 1 /k | wc -c'
        say update hull-oci update --memory 33554432 --pids-limit 11 --cpu-quota 20000 --cpu-period 100000 c1
        say updated cat memory.max pids.max cpu.max
        say pause hull-oci pause c1
        say frozen cat cgroup.freeze cgroup.events
        say paused sh -c 'hull-oci state c1 | grep status'
        say resume hull-oci resume c1
        say thawed cat cgroup.freeze
        say stats sh -c 'hull-oci events --stats c1 | grep -o "\"memory\":{\"usage\":{\"limit\":[0-9]*"'
        hull-oci events --interval 100ms c1 >/run/events 2>&1 &
        tries=0; while ! grep -q '"type":"stats"' /run/events && [ $tries -lt 600 ]; do tries=$((tries+1)); sleep 0.1; done
        say oom hull-oci exec c1 dd if=/dev/zero of=/dev/null bs=200M count=1
        say killed sh -c 'grep oom_kill memory.events'
        tries=0; while ! grep -q '"type":"oom"' /run/events && [ $tries -lt 600 ]; do tries=$((tries+1)); sleep 0.1; done
        say event grep -c '"type":"oom"' /run/events
        say alive hull-oci exec c1 echo alive
        say forks hull-oci exec c1 sh -c 'i=0; while [ $i -lt 20 ]; do sleep 9 & i=$((i+1)); done'
        say refused cat pids.events
        cd /
        say delete hull-oci delete -f c1
        say gone sh -c 'ls -d /sys/fs/cgroup/hulltest/c1'
        echo "== end: [0]"
        poweroff -f
        """;

    [Fact]
    public void Run_WithVersion2Only_SetsEveryLimitAndKeepsToIt()
    {
        EmulatedGuest.Require();

        Dictionary<string, string> said = EmulatedGuest.Run(EmulatedGuest.MakeInitramfs(Script, ("/b/config.json", Encoding.UTF8.GetBytes(Configuration))));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        Assert.Equal("[0]", said["run"]);
        Assert.Equal("[0] 174", said["cpu.weight"]);
        Assert.Equal("[0] 50000 100000", said["cpu.max"]);
        Assert.Equal(("[0] 0", "[0] 0"), (said["cpuset.cpus"], said["cpuset.mems"]));
        Assert.Equal(("[0] 67108864", "[0] 67108864"), (said["memory.max"], said["memory.swap.max"]));
        Assert.Equal(("[0] 33554432", "[0] 59998208"), (said["memory.low"], said["memory.high"]));
        Assert.Equal(("[0] 33", "[0] 33"), (said["pids.max"], said["seen"]));
        Assert.Equal("[0] 259:0 rbps=1048576 wbps=max riops=max wiops=max", said["io.max"]);
        Assert.Equal("[0] default 4950", said["io.weight"]);
        Assert.Equal("[0] 0::/", said["view"]);
        Assert.Equal("[1] head: /m: Operation not permitted", said["denied"]);
        Assert.Equal("[0] 1", said["kmsg"]);
        Assert.Equal(("[0]", "[0] 33554432 11 20000 100000"), (said["update"], said["updated"]));
        Assert.Equal(("[0]", "[0] 1 populated 1 frozen 1"), (said["pause"], said["frozen"]));
        Assert.Contains("\"paused\"", said["paused"], StringComparison.Ordinal);
        Assert.Equal(("[0]", "[0] 0"), (said["resume"], said["thawed"]));
        Assert.Equal("[0] \"memory\":{\"usage\":{\"limit\":33554432", said["stats"]);
        Assert.Equal(("[137]", "[0] oom_kill 1"), (said["oom"][..5], said["killed"]));
        Assert.Equal(("[0] 1", "[0] alive"), (said["event"], said["alive"]));
        Assert.Contains("can't fork", said["forks"], StringComparison.Ordinal);
        Assert.Equal("[0] max 1", said["refused"]);
        Assert.Equal("[0]", said["delete"]);
        Assert.StartsWith("[1]", said["gone"], StringComparison.Ordinal);
    }
}
