using System.Text.Json;
using Hull.Engine.Settings;

namespace Hull.Engine.Containers;

/// <summary>The network of a container as Docker's <c>inspect</c> describes it: without addresses, for there are none.</summary>
/// <remarks>Source: Docker Engine API v1.51, NetworkSettings and EndpointSettings; scripts read the members of both.</remarks>
internal static class NetworkInspection
{
    internal static void Write(Utf8JsonWriter json, NamespaceSettings namespaces)
    {
        json.WriteStartObject("NetworkSettings");
        json.WriteString("Bridge", "");
        json.WriteString("SandboxID", "");
        json.WriteString("SandboxKey", "");
        json.WriteStartObject("Ports");
        json.WriteEndObject();
        WriteAddresses(json);
        json.WriteStartObject("Networks");
        json.WriteStartObject(namespaces.Network);
        json.WriteNull("IPAMConfig");
        json.WriteNull("Links");
        json.WriteNull("Aliases");
        json.WriteString("NetworkID", "");
        json.WriteNull("DNSNames");
        WriteAddresses(json);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteAddresses(Utf8JsonWriter json)
    {
        json.WriteString("EndpointID", "");
        json.WriteString("Gateway", "");
        json.WriteString("IPAddress", "");
        json.WriteNumber("IPPrefixLen", 0);
        json.WriteString("IPv6Gateway", "");
        json.WriteString("GlobalIPv6Address", "");
        json.WriteNumber("GlobalIPv6PrefixLen", 0);
        json.WriteString("MacAddress", "");
    }
}
