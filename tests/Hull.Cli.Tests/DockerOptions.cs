namespace Hull.Cli.Tests;

/// <summary>The options of Docker's command line, version 28, by Hull's name of the command.</summary>
internal static class DockerOptions
{
    internal static IReadOnlyDictionary<string, string> ByCommand { get; } = new Dictionary<string, string>
    {
        ["run"] =
            "add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent "
            + "cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime "
            + "cpu-shares cpus cpuset-cpus cpuset-mems detach detach-keys device device-cgroup-rule "
            + "device-read-bps device-read-iops device-write-bps device-write-iops disable-content-trust dns "
            + "dns-option dns-search domainname entrypoint env env-file expose gpus group-add health-cmd "
            + "health-interval health-retries health-start-interval health-start-period health-timeout hostname "
            + "init interactive io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label label-file "
            + "link link-local-ip log-driver log-opt mac-address memory memory-reservation memory-swap "
            + "memory-swappiness mount name net network network-alias no-healthcheck oom-kill-disable "
            + "oom-score-adj pid pids-limit platform privileged publish publish-all pull quiet read-only "
            + "restart rm runtime security-opt shm-size sig-proxy stop-signal stop-timeout storage-opt sysctl "
            + "tmpfs tty ulimit use-api-socket user userns uts volume volume-driver volumes-from workdir",
        ["create"] =
            "add-host annotation attach blkio-weight blkio-weight-device cap-add cap-drop cgroup-parent "
            + "cgroupns cidfile cpu-count cpu-percent cpu-period cpu-quota cpu-rt-period cpu-rt-runtime "
            + "cpu-shares cpus cpuset-cpus cpuset-mems device device-cgroup-rule device-read-bps "
            + "device-read-iops device-write-bps device-write-iops disable-content-trust dns dns-option "
            + "dns-search domainname entrypoint env env-file expose gpus group-add health-cmd health-interval "
            + "health-retries health-start-interval health-start-period health-timeout hostname init "
            + "interactive io-maxbandwidth io-maxiops ip ip6 ipc isolation kernel-memory label label-file link "
            + "link-local-ip log-driver log-opt mac-address memory memory-reservation memory-swap "
            + "memory-swappiness mount name net network network-alias no-healthcheck oom-kill-disable "
            + "oom-score-adj pid pids-limit platform privileged publish publish-all pull quiet read-only "
            + "restart rm runtime security-opt shm-size stop-signal stop-timeout storage-opt sysctl tmpfs tty "
            + "ulimit use-api-socket user userns uts volume volume-driver volumes-from workdir",
        ["exec"] =
            "detach detach-keys env env-file interactive privileged tty user workdir",
        ["update"] =
            "blkio-weight cpu-period cpu-quota cpu-rt-period cpu-rt-runtime cpu-shares cpus cpuset-cpus "
            + "cpuset-mems kernel-memory memory memory-reservation memory-swap pids-limit restart",
        ["attach"] =
            "detach-keys no-stdin sig-proxy",
        ["commit"] =
            "author change message pause",
        ["cp"] =
            "archive follow-link quiet",
        ["events"] =
            "filter format since until",
        ["export"] =
            "output",
        ["inspect"] =
            "format size type",
        ["kill"] =
            "signal",
        ["logs"] =
            "details follow since tail timestamps until",
        ["ps"] =
            "all filter format last latest no-trunc quiet size",
        ["restart"] =
            "signal time timeout",
        ["rm"] =
            "force link volumes",
        ["start"] =
            "attach checkpoint checkpoint-dir detach-keys interactive",
        ["stats"] =
            "all format no-stream no-trunc",
        ["stop"] =
            "signal time timeout",
        ["prune"] =
            "filter force",
        ["info"] =
            "format",
        ["version"] =
            "format",
        ["login"] =
            "password password-stdin username",
        ["pull"] =
            "all-tags disable-content-trust platform quiet",
        ["push"] =
            "all-tags disable-content-trust platform quiet",
        ["image history"] =
            "format human no-trunc quiet platform",
        ["image import"] =
            "change message platform",
        ["image inspect"] =
            "format platform",
        ["image load"] =
            "input platform quiet",
        ["image ls"] =
            "all digests filter format no-trunc quiet tree",
        ["image prune"] =
            "all filter force",
        ["image rm"] =
            "force no-prune platform",
        ["image save"] =
            "output platform",
        ["system df"] =
            "format verbose",
        ["system prune"] =
            "all filter force volumes",
        ["volume create"] =
            "driver label name opt",
        ["volume inspect"] =
            "format",
        ["volume ls"] =
            "filter format quiet",
        ["volume prune"] =
            "all filter force",
        ["volume rm"] =
            "force",
    };
}
