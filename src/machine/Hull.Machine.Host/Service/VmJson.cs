using System.Text.Json.Serialization;

namespace Hull.Machine.Host.Service;

/// <summary>The JSON of what a machine process and its maker tell each other.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(VmOrders))]
[JsonSerializable(typeof(VmResult))]
[JsonSerializable(typeof(FileOrders))]
public sealed partial class VmJson : JsonSerializerContext;
