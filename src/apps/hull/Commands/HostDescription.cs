using System.Runtime.InteropServices;
using Hull.Linux;

namespace Hull.Cli.Commands;

/// <summary>What the host is, in the words of uname(1) and os-release(5), as Docker's <c>info</c> has it.</summary>
internal static class HostDescription
{
    private const string PrettyName = "PRETTY_NAME=";

    internal static string Kernel => Read("/proc/sys/kernel/osrelease").Trim();

    internal static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";

    internal static string OperatingSystem => Read("/etc/os-release").Split('\n')
        .FirstOrDefault(line => line.StartsWith(PrettyName, StringComparison.Ordinal))?[PrettyName.Length..].Trim('"') ?? "Linux";

    /// <summary>2 on a host with unified control groups alone, else 1.</summary>
    internal static string CgroupVersion => File.Exists("/sys/fs/cgroup/cgroup.controllers") ? "2" : "1";

    private static string Read(string path)
    {
        _ = KernelFile.ReadText(path, out string text); // empty where it cannot be read
        return text;
    }
}
