using System.Text.Json.Serialization;

namespace Hull.Engine.Settings;

/// <summary>Source-generated JSON of what the database keeps about a container.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16)]
[JsonSerializable(typeof(ContainerSettings))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class SettingsJson : JsonSerializerContext;
