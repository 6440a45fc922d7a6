using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci spec</c>: writes a sample config.json into a bundle.</summary>
internal static class SpecCommand
{
    /// <summary>The command.</summary>
    internal static Command Command { get; } = new(
        "spec", "write a sample configuration", "", new OptionTable(
            new("bundle,b", "DIR", "where to (default: here)"),
            new("rootless", null, "for a container of a user without privileges")), Run);

    // Only the root of a version 2 hierarchy has this file: cgroups(7).
    private const string UnifiedMark = "/sys/fs/cgroup/cgroup.controllers";

    /// <summary>Runs it.</summary>
    private static int Run(GlobalOptions global, Arguments options)
    {
        if (options.Operands.Count > 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"There are too many arguments: '{options.Operands[0]}' is not expected.");
        }

        string path = Path.Combine(options.Value("bundle") ?? ".", "config.json");
        if (File.Exists(path))
        {
            throw new HullException(ErrorKind.AlreadyExists, $"The file '{path}' exists: remove it first.");
        }

        RuntimeSpec spec = SampleSpec.Make(File.Exists(UnifiedMark));
        if (options.Has("rootless"))
        {
            SampleSpec.MakeRootless(spec, KernelProcess.EffectiveUserId, KernelProcess.EffectiveGroupId);
        }

        HostFile.WriteAll(path, JsonSerializer.SerializeToUtf8Bytes(spec, RuntimeJson.Default.RuntimeSpec), mode: 0x1b6);
        return 0;
    }
}
