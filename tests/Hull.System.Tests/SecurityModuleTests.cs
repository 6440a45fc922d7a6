using System.Diagnostics;
using System.Text;

namespace Hull.System.Tests;

/// <summary>hull-oci on a kernel with AppArmor or SELinux in force, in QEMU: whoever runs in a container runs under its profile or label.</summary>
public sealed class SecurityModuleTests
{
    private const string Compiler = "/usr/sbin/apparmor_parser";
    private const string PolicyCompiler = "/usr/bin/checkpolicy";
    private const string Features = "/etc/apparmor.d/abi/3.0";

    private const string Profiles = """
        profile hulltest flags=(attach_disconnected) {
          file, capability, network, mount, signal, ptrace, unix,
          deny /secret rwklx,
        }
        profile hullother flags=(attach_disconnected) {
          file, capability, network, mount, signal, ptrace, unix,
        }
        """;

    // What it does not know, it allows: as little of a policy as the kernel takes. Initial identifiers are counted, so their
    // order is the kernel's. Source: SELinux's checkpolicy(8), linux/security/selinux/include/initial_sid_to_string.h.
    private const string Policy = """
        class process
        sid kernel
        sid security
        sid unlabeled
        sid fs
        sid file
        class process { transition dyntransition setexec }
        type kernel_t;
        type container_t;
        type content_t;
        role hull_r;
        role hull_r types { kernel_t container_t };
        allow kernel_t { kernel_t container_t }:process { transition dyntransition setexec };
        user hull_u roles { hull_r };
        sid kernel hull_u:hull_r:kernel_t
        sid security hull_u:hull_r:kernel_t
        sid unlabeled hull_u:hull_r:kernel_t
        sid fs hull_u:object_r:content_t
        sid file hull_u:object_r:content_t
        fs_use_trans tmpfs hull_u:object_r:content_t;
        genfscon proc / hull_u:object_r:content_t

        """;

    private const string LabelledConfiguration = """
        {"ociVersion":"1.2.0","process":{"selinuxLabel":"hull_u:hull_r:container_t","user":{"uid":0,"gid":0},
        "args":["sleep","1000"],"env":["PATH=/bin"],"cwd":"/"},"root":{"path":"rootfs"},
        "mounts":[{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
        "linux":{"mountLabel":"hull_u:object_r:content_t","namespaces":[{"type":"pid"},{"type":"mount"}]}}
        """;

    private const string LabelScript = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        PATH=/bin
        mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
        mount -t cgroup2 none /sys/fs/cgroup; mount -t selinuxfs none /sys/fs/selinux
        say() { name=$1; shift; out=$("$@" 2>&1 </dev/null); echo "== $name: [$?] $(echo "$out" | tr -d '\0' | tr '\n' ' ' | sed 's/ *$//')"; }
        run() { hull-oci run --no-pivot -d "$@" </dev/null >/run/said 2>&1; code=$?; cat /run/said; return $code; }
        say load dd if=/policy of=/sys/fs/selinux/load bs=64k
        cd /b
        say run run c1
        say first sh -c 'cat /proc/$(hull-oci state c1 | grep "\"pid\"" | tr -dc 0-9)/attr/current'
        say exec hull-oci exec c1 cat /proc/self/attr/current
        say other hull-oci exec --process-label hull_u:hull_r:kernel_t c1 cat /proc/self/attr/current
        say mounted hull-oci exec c1 grep /dev /proc/mounts
        say unknown hull-oci exec --process-label nosuch c1 echo text
        say enabled cat /sys/module/apparmor/parameters/enabled
        sed -i 's/"selinuxLabel":"[^"]*"/"apparmorProfile":"unused"/' config.json
        say unused run c2
        hull-oci delete -f c1
        hull-oci delete -f c2
        echo "== end: [0]"
        poweroff -f
        """;

    private const string Show = "cat /proc/self/attr/current; cat /secret; echo end";

    // Each "say NAME COMMAND..." is one line of results.
    private const string Script = """
        #!/bin/busybox sh
        /bin/busybox --install -s /bin
        PATH=/bin
        mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev; mount -t tmpfs run /run
        mount -t cgroup2 none /sys/fs/cgroup; mount -t securityfs none /sys/kernel/security
        say() { name=$1; shift; out=$("$@" 2>&1 </dev/null); echo "== $name: [$?] $(echo "$out" | tr '\n' ' ' | sed 's/ *$//')"; }
        say load dd if=/policy of=/sys/kernel/security/apparmor/.load bs=64k
        say enabled cat /sys/module/apparmor/parameters/enabled
        cd /b
        say run hull-oci run --no-pivot -f run.json c0
        say user hull-oci run --no-pivot -f user.json c1
        say free hull-oci run --no-pivot -f free.json c2
        say unknown hull-oci run --no-pivot -f unknown.json c3
        hull-oci run --no-pivot -f wait.json -d c4 </dev/null >/run/said 2>&1
        say exec hull-oci exec c4 sh -c 'SHOW'
        say other hull-oci exec --apparmor hullother c4 sh -c 'SHOW'
        echo '{"args":["sh","-c","SHOW"],"env":["PATH=/bin"],"cwd":"/"}' >/run/process.json
        say file hull-oci exec --process /run/process.json c4
        say first sh -c 'cat /proc/$(hull-oci state c4 | grep "\"pid\"" | tr -dc 0-9)/attr/current'
        hull-oci delete -f c4
        echo "== end: [0]"
        poweroff -f
        """;

    [Fact]
    public void Run_WhereTheKernelHasAppArmor_EveryProcessIsUnderTheProfile()
    {
        EmulatedGuest.Require();
        Assert.SkipUnless(File.Exists(Compiler) && File.Exists(Features), "This machine has no AppArmor compiler (package apparmor).");

        Dictionary<string, string> said = EmulatedGuest.Run(Initramfs(), "cgroup_no_v1=all apparmor=1 security=apparmor");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        const string Confined = "[0] hulltest (enforce) cat: can't open '/secret': Permission denied end";
        Assert.StartsWith("[0]", said["load"], StringComparison.Ordinal);
        Assert.Equal("[0] Y", said["enabled"]);
        Assert.Equal(Confined, said["run"]);
        Assert.Equal(Confined, said["user"]);
        Assert.Equal("[0] unconfined secret end", said["free"]);

        // A profile that is not loaded is a failure, and the program does not run without it.
        Assert.StartsWith("[1] ", said["unknown"], StringComparison.Ordinal);
        Assert.Contains("nosuch", said["unknown"], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", said["unknown"], StringComparison.Ordinal);

        Assert.Equal("[0] hulltest (enforce)", said["first"]);
        Assert.Equal(Confined, said["exec"]);
        Assert.Equal(Confined, said["file"]);
        Assert.Equal("[0] hullother (enforce) secret end", said["other"]);
    }

    [Fact]
    public void Run_WhereTheKernelHasSelinux_ProcessesAndMountsHaveTheirLabels()
    {
        EmulatedGuest.Require();
        Assert.SkipUnless(File.Exists(PolicyCompiler), "This machine has no SELinux compiler (package checkpolicy).");

        byte[] initramfs = EmulatedGuest.MakeInitramfs(
            LabelScript, ("/b/config.json", Encoding.UTF8.GetBytes(LabelledConfiguration)), ("/policy", CompilePolicy()));
        Dictionary<string, string> said = EmulatedGuest.Run(initramfs, "selinux=1 security=selinux enforcing=1");
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', said));

        const string Labelled = "[0] hull_u:hull_r:container_t";
        Assert.StartsWith("[0]", said["load"], StringComparison.Ordinal);
        Assert.Equal("[0]", said["run"]);
        Assert.Equal((Labelled, Labelled), (said["first"], said["exec"]));
        Assert.Equal("[0] hull_u:hull_r:kernel_t", said["other"]);
        Assert.Contains("context=hull_u:object_r:content_t", said["mounted"], StringComparison.Ordinal);
        Assert.Contains("SELinux label 'nosuch'", said["unknown"], StringComparison.Ordinal);
        Assert.DoesNotContain("text", said["unknown"], StringComparison.Ordinal);

        // The kernel has AppArmor and does not use it: a profile means as little as where it is not built in.
        Assert.Equal(("[0] N", "[0]"), (said["enabled"], said["unused"]));
    }

    private static string Configuration(string profile, string command, bool user)
    {
        const string Ids = "[{\"containerID\":0,\"hostID\":100000,\"size\":1000}]";
        string mappings = user ? $",\"uidMappings\":{Ids},\"gidMappings\":{Ids}" : "";
        string space = user ? ",{\"type\":\"user\"}" : "";
        return $$"""
            {"ociVersion":"1.2.0","process":{"user":{"uid":0,"gid":0},"args":["sh","-c","{{command}}"],"env":["PATH=/bin"],"cwd":"/",
            "noNewPrivileges":true,"apparmorProfile":"{{profile}}"},"root":{"path":"rootfs"},
            "mounts":[{"destination":"/proc","type":"proc","source":"proc"},{"destination":"/dev","type":"tmpfs","source":"tmpfs"}],
            "linux":{"namespaces":[{"type":"pid"},{"type":"mount"},{"type":"ipc"}{{space}}]{{mappings}} } }
            """;
    }

    private static byte[] Initramfs() => EmulatedGuest.MakeInitramfs(
        Script.Replace("SHOW", Show, StringComparison.Ordinal),
        [
            ("/b/rootfs/secret", "secret\n"u8.ToArray()),
            ("/policy", Compile()),
            .. new[]
            {
                ("run", "hulltest", Show, false),
                ("user", "hulltest", Show, true),
                ("free", "", Show, false),
                ("unknown", "nosuch", Show, false),
                ("wait", "hulltest", "exec sleep 1000", false),
            }.Select(made => ($"/b/{made.Item1}.json", Encoding.UTF8.GetBytes(Configuration(made.Item2, made.Item3, made.Item4)))),
        ]);

    // For the guest's kernel, not this machine's: the compiler is told what that kernel can.
    private static byte[] Compile()
    {
        using Process process = Process.Start(new ProcessStartInfo(Compiler, ["-Q", "-K", "-S", "-M", Features])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.Write(Profiles);
        process.StandardInput.Close();
        using MemoryStream policy = new();
        process.StandardOutput.BaseStream.CopyTo(policy);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return policy.ToArray();
    }

    private static byte[] CompilePolicy()
    {
        string directory = Directory.CreateTempSubdirectory("hull-policy-").FullName;
        try
        {
            File.WriteAllText(directory + "/source", Policy.ReplaceLineEndings("\n"));
            using Process process = Process.Start(
                PolicyCompiler, ["-U", "allow", "-c", "33", "-o", directory + "/policy", directory + "/source"]);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return File.ReadAllBytes(directory + "/policy");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
