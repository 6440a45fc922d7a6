using Hull.Runtime.Container.Tests.Host;

namespace Hull.Runtime.Container.Tests.Clients;

/// <summary>Debian's Podman of an ordinary user runs real work with hull-oci.</summary>
public sealed class RootlessPodmanTests
{
    private const string Setup = """
        unset DBUS_SESSION_BUS_ADDRESS
        p="/usr/bin/podman --storage-driver vfs --cgroup-manager cgroupfs --events-backend file --runtime $oci"
        $p import image.tar hulltest:1 >/dev/null 2>&1 || exit 98
        run="$p run --network none"

        """;

    [Fact]
    public void Podman_OfAnOrdinaryUser_RunsExecutesAndKills()
    {
        (int code, string output) = Run("""
            $run --rm hulltest:1 sh -c 'id -u; touch /x; chown 1000 /x; ls -n /x | tr -s " " | cut -d " " -f 3; exit 3'; echo run $?
            $run --rm -u user hulltest:1 sh -c 'id -u; grep CapEff /proc/self/status'
            $run --rm --userns keep-id hulltest:1 id -u
            $run --rm --device /dev/null:/dev/other hulltest:1 sh -c 'echo x >/dev/other; test -c /dev/other'; echo device $?
            $run --rm --read-only hulltest:1 touch /x 2>/dev/null; echo read-only $?
            $run --rm hulltest:1 nosuch 2>/dev/null; echo missing $?
            $run -d --name one hulltest:1 sleep 1000 >/dev/null
            $p exec -u user one id -u; $p exec one sh -c 'exit 4'; echo exec $?
            $p top one comm
            $p kill one >/dev/null; $p wait one
            $p start one >/dev/null; $p inspect --format '{{.State.Status}}' one
            $p rm -f -t 0 one >/dev/null; $p ps -aq
            """);

        Assert.Equal(
            (0, $"""
            0
            1000
            run 3
            1000
            CapEff:	0000000000000000
            {OrdinaryUser.Id}
            device 0
            read-only 1
            missing 127
            1000
            exec 4
            COMMAND
            sleep
            137
            running

            """.ReplaceLineEndings("\n")),
            (code, output));
    }

    private static (int Code, string Output) Run(string script)
    {
        OrdinaryUser.Require(OciProgram.Path);
        Assert.SkipUnless(File.Exists("/usr/bin/podman"), "Podman is not installed.");
        string directory = Directory.CreateTempSubdirectory("hull-client-").FullName;
        try
        {
            ClientCommand.MakeRoot(directory + "/image");
            foreach (string name in (string[])["chown", "cut", "tr"])
            {
                File.CreateSymbolicLink($"{directory}/image/bin/{name}", "busybox");
            }

            ClientCommand.Run("/bin/sh", ["-c", $"tar -C {directory}/image -c . > {directory}/image.tar"]).Succeeds();
            return OrdinaryUser.Run(directory, Setup + script, hasRange: true, new Dictionary<string, string>
            {
                ["oci"] = OciProgram.Path,
                ["TMPDIR"] = directory,
            });
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
