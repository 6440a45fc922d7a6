using Hull.Oci.Runtime;
using Hull.Runtime.Container.Spawn;

namespace Hull.Runtime.Container;

/// <summary>Refuses members that contradict each other, and those that would quietly mean nothing.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md and config-linux.md. See docs/specification.md for every member.</remarks>
internal static class SpecificationRules
{
    private const int HighestIoPriority = 7;
    private const int LowestNice = -20;
    private const int HighestNice = 19;

    /// <summary>Checks a whole specification, without holes (<see cref="SpecificationCheck"/>).</summary>
    /// <exception cref="HullException">Two members contradict each other, or one has a value that means nothing.</exception>
    internal static void Check(RuntimeSpec spec)
    {
        CheckVersion(spec.OciVersion);
        Check(spec.Process);
        if (spec.Linux is { } linux)
        {
            CheckNamespaces(linux);
            if (linux.Personality?.Flags is [string flag, ..])
            {
                throw Refused($"The personality flag '{flag}' does not exist: the specification defines none, remove it.");
            }
        }
    }

    /// <summary>Checks a process alone.</summary>
    /// <exception cref="HullException">As above.</exception>
    internal static void Check(ProcessSpec? process)
    {
        for (int i = 1; i < (process?.Rlimits?.Count ?? 0); i++)
        {
            for (int earlier = 0; earlier < i; earlier++)
            {
                if (process!.Rlimits![earlier].Type == process.Rlimits[i].Type) // Within the count.
                {
                    throw Refused($"The resource limit '{process.Rlimits[i].Type}' is listed twice.");
                }
            }
        }

        if (process?.IoPriority is { Priority: < 0 or > HighestIoPriority } io)
        {
            throw Refused($"The I/O priority '{io.Priority}' is not within 0 to {HighestIoPriority}.");
        }

        if (process?.Scheduler is { Nice: < LowestNice or > HighestNice } scheduler)
        {
            throw Refused($"The nice value '{scheduler.Nice}' is not within {LowestNice} to {HighestNice}.");
        }
    }

    /// <summary>Tells what a specification asks for and no container on this kind of machine can have.</summary>
    internal static void Warn(IRuntimeLog? log, RuntimeSpec spec, bool hasUnifiedCgroupsOnly)
    {
        if (log is null)
        {
            return;
        }

        Note(log, !string.IsNullOrEmpty(spec.Process?.User?.Username), "process.user.username", "it is for Windows; set uid and gid");
        Note(log, !string.IsNullOrEmpty(spec.Process?.CommandLine), "process.commandLine", "it is for Windows; set args");
        WarnOfMounts(log, spec.Mounts);
        LinuxResources? resources = spec.Linux?.Resources;
        Note(log, resources?.Memory?.Kernel is not (null or 0), "memory.kernel", "the kernel has removed this limit");
        Note(log, resources?.Memory?.UseHierarchy == false, "memory.useHierarchy", "every kernel counts a cgroup's children with it");
        if (hasUnifiedCgroupsOnly)
        {
            const string NotThere = "cgroups of version 2 have no such setting";
            Note(log, resources?.Memory?.Swappiness is not null, "memory.swappiness", NotThere);
            Note(log, resources?.Memory?.DisableOOMKiller == true, "memory.disableOOMKiller", NotThere);
            Note(log, resources?.Memory?.KernelTCP is not (null or 0), "memory.kernelTCP", NotThere);
            Note(log, resources?.Cpu is { RealtimeRuntime: not (null or 0) } or { RealtimePeriod: not (null or 0) }, "cpu.realtimeRuntime", NotThere);
            Note(log, resources?.Network is { ClassID: > 0 } or { Priorities.Count: > 0 }, "network", NotThere);
        }
    }

    private static void Note(IRuntimeLog log, bool isSet, string member, string why)
    {
        if (isSet)
        {
            log.Warn($"ignoring '{member}': {why}");
        }
    }

    // Semantic versioning: every 1.x reads as 1.2 does. Where there is none, an old bundle is read as one of 1.0.
    private static void CheckVersion(string? version)
    {
        if (!string.IsNullOrEmpty(version) && version is not "1" && !version.StartsWith("1.", StringComparison.Ordinal))
        {
            throw Refused($"The configuration's ociVersion '{version}' is not supported: use 1.0.0 to {RuntimeFeatures.NewestVersion}.");
        }
    }

    private static void CheckNamespaces(LinuxSpec linux)
    {
        bool hasUser = false;
        bool hasTime = false;
        for (int i = 0; i < (linux.Namespaces?.Count ?? 0); i++)
        {
            hasUser |= linux.Namespaces![i].Type == "user"; // Within the count.
            hasTime |= linux.Namespaces[i] is { Type: "time" } time && string.IsNullOrEmpty(time.Path);
        }

        if (!hasUser && (linux.UidMappings is { Count: > 0 } || linux.GidMappings is { Count: > 0 }))
        {
            throw Refused("The id mappings need a user namespace: user namespace mappings specified, but user namespace isn't enabled in the config.");
        }

        if (!hasTime && linux.TimeOffsets is { Count: > 0 })
        {
            throw Refused("The time offsets need a time namespace of the container's own: time namespace offsets specified, but it isn't enabled in the config.");
        }
    }

    // A bind mount shows a file system that is mounted already: the kernel would ignore its options without a word.
    private static void WarnOfMounts(IRuntimeLog log, IReadOnlyList<MountSpec>? mounts)
    {
        for (int i = 0; i < (mounts?.Count ?? 0); i++)
        {
            MountSpec mount = mounts![i]; // Within the count.
            if (mount.Options is not { Count: > 0 } words || (mount.Type != "bind" && !words.Contains("bind") && !words.Contains("rbind")))
            {
                continue;
            }

            var options = MountOptions.Parse(mount.Type, mount.Options);
            if (options.Data.Find(option => !MountOptions.IsAboutAllMounts(option)) is string option)
            {
                log.Warn($"ignoring '{option}' of the bind mount {mount.Destination}: bind mounts cannot have any filesystem-specific options applied");
            }
        }
    }

    private static HullException Refused(string message) => new(ErrorKind.InvalidArgument, message);
}
