using System.Text;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Access to device nodes.</summary>
public sealed partial class Cgroup
{
    private const int RuleBytes = 64;

    private void SetDevices(IReadOnlyList<DeviceRuleSpec> specs, bool tolerant)
    {
        var rules = DeviceRules.Create(specs);
        if (tolerant && DirectoryOf(CgroupControllers.Devices, out _) is null)
        {
            return;
        }

        string directory = Require(CgroupControllers.Devices, "device rules", out bool unified);
        try
        {
            if (unified)
            {
                DeviceFilter.Replace(directory, DeviceProgram.Emit(rules));
            }
            else
            {
                SetDevicesLegacy(directory, rules);
            }
        }
        catch (HullException error) when (tolerant && error.Kind == ErrorKind.PermissionDenied)
        {
            // In a user namespace the kernel lets nobody change device access, and nobody there can make device nodes.
        }
    }

    // A fresh cgroup has its parent's rules, nearly always "everything". One write resets it, one more per exception follows.
    private static void SetDevicesLegacy(string directory, DeviceRules rules)
    {
        const string Allow = "devices.allow";
        const string Deny = "devices.deny";
        WriteRules(directory, rules.AllowsByDefault ? Allow : Deny, "a", []);
        if (rules.Exceptions.Count > 0)
        {
            WriteRules(directory, rules.AllowsByDefault ? Deny : Allow, "", rules.Exceptions);
        }
    }

    private static void WriteRules(string directory, string file, string first, IReadOnlyList<DeviceRule> rules)
    {
        string path = CgroupFile.PathOf(directory, file);
        Errno error = KernelFile.OpenForWriting(path, out FileDescriptor? target);
        if (target is null)
        {
            throw CgroupFile.Failed(directory, file, first, error);
        }

        using (target)
        {
            Span<byte> line = stackalloc byte[RuleBytes];
            if (first.Length > 0)
            {
                WriteRule(target, line, directory, file, first);
            }

            for (int i = 0; i < rules.Count; i++)
            {
                WriteRule(target, line, directory, file, rules[i].ToString());
            }
        }
    }

    private static void WriteRule(FileDescriptor target, Span<byte> line, string directory, string file, string rule)
    {
        int length = Encoding.UTF8.GetBytes(rule, line);
        Errno error = KernelFile.Write(target, line[..length]);
        if (error != Errno.None)
        {
            throw CgroupFile.Failed(directory, file, rule, error);
        }
    }
}
