using System.Runtime.InteropServices;
using System.Text.Json;
using Hull.Engine.Settings;
using Hull.Oci.Runtime;
using Hull.Runtime.Security;

namespace Hull.Engine.Spec;

/// <summary>The privileges a container's settings come to.</summary>
internal sealed record SecurityPlan
{
    private const string Unconfined = "unconfined";

    internal required CapabilitySet Capabilities { get; init; }

    internal bool Privileged { get; init; }

    internal bool NoNewPrivileges { get; init; }

    internal bool SystemPathsVisible { get; init; }

    internal SeccompSpec? Seccomp { get; init; }

    internal string? ApparmorProfile { get; init; }

    internal string? ProcessLabel { get; init; }

    internal string? MountLabel { get; init; }

    internal static SecurityPlan From(SecuritySettings settings)
    {
        CapabilitySet capabilities = new CapabilityRequest
        {
            Add = settings.AddedCapabilities,
            Drop = settings.DroppedCapabilities,
            IsPrivileged = settings.Privileged,
        }.Resolve(HostCapabilities.Bounding());
        SecurityPlan plan = new()
        {
            Capabilities = capabilities,
            Privileged = settings.Privileged,
            SystemPathsVisible = settings.Privileged,
        };
        string? seccomp = null;
        foreach (string option in settings.Options)
        {
            plan = plan.With(option, ref seccomp);
        }

        return plan with { Seccomp = SeccompOf(seccomp, plan) };
    }

    /// <summary>The five sets of a process; a user other than root starts without effective capabilities.</summary>
    internal CapabilitiesSpec CapabilitiesFor(uint uid)
    {
        IReadOnlyList<string> names = Capabilities.ToNames();
        IReadOnlyList<string> held = uid == 0 ? names : [];
        return new CapabilitiesSpec { Bounding = names, Effective = held, Permitted = held };
    }

    private SecurityPlan With(string option, ref string? seccomp)
    {
        int split = option.AsSpan().IndexOfAny('=', ':');
        string key = split < 0 ? option : option[..split];
        string value = split < 0 ? "" : option[(split + 1)..];
        switch (key)
        {
            case "no-new-privileges":
                return this with { NoNewPrivileges = value is "" or "true" };
            case "seccomp":
                seccomp = value;
                return this;
            case "apparmor":
                return this with { ApparmorProfile = value == Unconfined ? null : Available(option, value, "/sys/kernel/security/apparmor") };
            case "label":
                return value is "disable" or "disabled" ? this : this with { ProcessLabel = Available(option, value, "/sys/fs/selinux/enforce") };
            case "systempaths" when value == Unconfined:
                return this with { SystemPathsVisible = true };
            default:
                throw new HullException(
                    ErrorKind.InvalidArgument,
                    $"The security option '{option}' is not known: use seccomp=, no-new-privileges, apparmor=, label= or systempaths=unconfined.");
        }
    }

    private static string Available(string option, string value, string marker) => Path.Exists(marker)
        ? value
        : throw new HullException(ErrorKind.FailedPrecondition, $"The security option '{option}' cannot be used: this kernel does not offer it.");

    private static SeccompSpec? SeccompOf(string? asked, SecurityPlan plan)
    {
        if (asked == Unconfined || (asked is null && plan.Privileged))
        {
            return null;
        }

        if (asked is null or "builtin" or "default")
        {
            return DefaultSeccompProfile.For(plan.Capabilities, RuntimeInformation.ProcessArchitecture);
        }

        // The profile's text travels with the container: the command line has read the file already.
        try
        {
            string json = $"{{\"linux\":{{\"seccomp\":{asked}}}}}";
            SeccompSpec? profile = JsonSerializer.Deserialize(json, RuntimeJson.Default.RuntimeSpec)?.Linux?.Seccomp;
            return profile is { DefaultAction.Length: > 0 }
                ? profile
                : throw new HullException(ErrorKind.InvalidArgument, "The seccomp profile names no default action.");
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.InvalidArgument, "The seccomp profile is not valid JSON of the OCI form.", error);
        }
    }
}
