using System.Text.Json;
using Hull.Engine.Settings;
using Hull.Oci.Runtime;

namespace Hull.Engine.Containers;

/// <summary>Options that are one text on the command line and objects in Docker's <c>inspect</c>.</summary>
/// <remarks>Source: Docker Engine API v1.51, DeviceMapping, ThrottleDevice, Ulimit. They were checked when the container was made.</remarks>
internal static class HostConfigObjects
{
    private const string AllAccess = "rwm";

    /// <summary>Devices, <c>HOST[:CONTAINER[:rwm]]</c>.</summary>
    internal static void Devices(Utf8JsonWriter json, IReadOnlyList<string> devices)
    {
        json.WriteStartArray("Devices");
        foreach (string device in devices)
        {
            string[] parts = device.Split(':');
            bool secondIsMode = parts.Length == 2 && !parts[1].StartsWith('/');
            json.WriteStartObject();
            json.WriteString("PathOnHost", parts[0]);
            json.WriteString("PathInContainer", parts.Length > 1 && !secondIsMode ? parts[1] : parts[0]);
            json.WriteString("CgroupPermissions", parts.Length == 3 || secondIsMode ? parts[^1] : AllAccess);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Numbers of single devices, <c>PATH:NUMBER</c>.</summary>
    internal static void Rates(Utf8JsonWriter json, string name, string member, IReadOnlyList<string> rates)
    {
        json.WriteStartArray(name);
        foreach (string rate in rates)
        {
            int colon = rate.LastIndexOf(':');
            json.WriteStartObject();
            json.WriteString("Path", rate[..Math.Max(colon, 0)]);
            json.WriteNumber(member, ByteSize.TryParse(rate[(colon + 1)..], out ByteSize value) ? value.Bytes : 0);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    /// <summary>Limits, <c>NAME=SOFT[:HARD]</c>; -1 for none.</summary>
    internal static void Ulimits(Utf8JsonWriter json, IReadOnlyList<string> limits)
    {
        json.WriteStartArray("Ulimits");
        foreach (string text in limits)
        {
            RlimitSpec limit = OptionText.ParseUlimit(text);
            json.WriteStartObject();
            json.WriteString("Name", text.Split('=')[0]);
            json.WriteNumber("Hard", NumberOf(limit.Hard));
            json.WriteNumber("Soft", NumberOf(limit.Soft));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static long NumberOf(ulong? value) => value is { } number && number <= long.MaxValue ? (long)number : -1;
}
