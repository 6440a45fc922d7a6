using System.Text.Json;
using Hull.Engine;
using Hull.Machine.Host.Service;

namespace Hull.Cli.Machines;

/// <summary>Where the process of a machine finds and leaves things.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="State">Its directory that dies with the boot.</param>
/// <param name="Users">Where the locks of jailed processes' users lie.</param>
/// <param name="ResultFile">How it ended.</param>
internal sealed record VmPlace(string Name, string State, string Users, string ResultFile)
{
    /// <summary>Its control socket.</summary>
    internal string Socket => Path.Combine(State, "control.sock");

    /// <summary>What its process says before it can leave a result.</summary>
    internal string Log => Path.Combine(State, "process.log");

    /// <summary>A machine that is kept.</summary>
    internal static VmPlace Of(VmFolder folder) => new(folder.Name, folder.State, folder.Users, folder.ResultFile);

    /// <summary>A machine in the foreground.</summary>
    internal static VmPlace Of(RunFolder folder, EnginePaths paths) =>
        new("run", folder.Path, Path.Combine(paths.State, "vm-users"), Path.Combine(folder.Path, "last.json"));

    /// <summary>How it ended; null when its process did not say.</summary>
    internal VmResult? LastResult()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(ResultFile), VmJson.Default.VmResult);
        }
        catch (Exception error) when (error is JsonException or IOException)
        {
            return null;
        }
    }

    /// <summary>Why its process left no result.</summary>
    internal string WhyDead()
    {
        string log = File.ReadAllText(Log).Trim();
        return $"The process of the machine '{Name}' ended at once{(log.Length > 0 ? $": {log.Split('\n')[0]}" : "")}.";
    }
}
