using System.Text.Json;
using Hull.Runtime.Container.Seccomp;
using Hull.Runtime.Container.Spawn;
using Hull.Runtime.Security;

namespace Hull.Runtime.Container;

/// <summary>What this runtime understands, whatever the host's kernel then makes of it.</summary>
/// <remarks>Source: OCI runtime specification 1.3, features.md and features-linux.md.</remarks>
public static class RuntimeFeatures
{
    /// <summary>The oldest specification whose files are understood.</summary>
    public const string OldestVersion = "1.0.0";

    /// <summary>The newest specification whose files are understood.</summary>
    public const string NewestVersion = "1.3.0";

    private static readonly string[] s_hooks =
        ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    private static readonly string[] s_namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];

    /// <summary>The mount options that mean something to the runtime itself; others go to the file system.</summary>
    internal static IReadOnlyList<string> MountOptionNames { get; } =
    [
        "async", "atime", "bind", "defaults", "dev", "diratime", "exec", "idmap", "loud", "noatime", "nodev", "nodiratime",
        "noexec", "nolazytime", "nomand", "norelatime", "nostrictatime", "nosuid", "nosymfollow", "private", "ratime", "rbind",
        "rdev", "rdiratime", "relatime", "rexec", "ridmap", "rnoatime", "rnodev", "rnodiratime", "rnoexec", "rnostrictatime",
        "rnosuid", "rnosymfollow", "ro", "rprivate", "rrelatime", "rro", "rrw", "rshared", "rslave", "rstrictatime", "rsuid",
        "rsymfollow", "runbindable", "rw", "shared", "slave", "strictatime", "suid", "symfollow", "tmpcopyup", "unbindable",
    ];

    /// <summary>Writes the object.</summary>
    public static void Write(Utf8JsonWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStartObject();
        writer.WriteString("ociVersionMin"u8, OldestVersion);
        writer.WriteString("ociVersionMax"u8, NewestVersion);
        WriteList(writer, "hooks", s_hooks);
        WriteList(writer, "mountOptions", MountOptionNames);
        writer.WriteStartObject("linux"u8);
        WriteLinux(writer);
        writer.WriteEndObject();
        WriteList(writer, "potentiallyUnsafeConfigAnnotations", ["bundle", "org.systemd.property.", "org.criu.config"]);
        writer.WriteEndObject();
    }

    private static void WriteLinux(Utf8JsonWriter writer)
    {
        WriteList(writer, "namespaces", s_namespaces);
        WriteList(writer, "capabilities", CapabilityNames.All);
        writer.WriteStartObject("cgroup"u8);
        writer.WriteBoolean("v1"u8, true);
        writer.WriteBoolean("v2"u8, true);
        writer.WriteBoolean("systemd"u8, true);
        writer.WriteBoolean("systemdUser"u8, true);
        writer.WriteBoolean("rdma"u8, true);
        writer.WriteEndObject();
        writer.WriteStartObject("seccomp"u8);
        writer.WriteBoolean("enabled"u8, true);
        WriteList(writer, "actions", SeccompNames.Actions);
        WriteList(writer, "operators", SeccompNames.Operators);
        WriteList(writer, "archs", SeccompNames.Architectures);
        WriteList(writer, "knownFlags", SeccompNames.Flags);
        WriteList(writer, "supportedFlags", SeccompNames.Flags);
        writer.WriteEndObject();
        WriteSwitch(writer, "apparmor", true);
        WriteSwitch(writer, "selinux", true);
        writer.WriteStartObject("intelRdt"u8);
        writer.WriteBoolean("enabled"u8, true);
        writer.WriteBoolean("schemata"u8, true);
        writer.WriteBoolean("monitoring"u8, true);
        writer.WriteEndObject();
        writer.WriteStartObject("memoryPolicy"u8);
        WriteList(writer, "modes", Scheduling.MemoryModes);
        WriteList(writer, "flags", Scheduling.MemoryFlags);
        writer.WriteEndObject();
        writer.WriteStartObject("mountExtensions"u8);
        WriteSwitch(writer, "idmap", true);
        writer.WriteEndObject();
        WriteSwitch(writer, "netDevices", true);
    }

    private static void WriteSwitch(Utf8JsonWriter writer, string name, bool isEnabled)
    {
        writer.WriteStartObject(name);
        writer.WriteBoolean("enabled"u8, isEnabled);
        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, string name, IReadOnlyList<string> values)
    {
        writer.WriteStartArray(name);
        for (int i = 0; i < values.Count; i++)
        {
            writer.WriteStringValue(values[i]);
        }

        writer.WriteEndArray();
    }
}
