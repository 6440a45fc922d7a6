using System.Text.Json.Serialization;

namespace Hull.Supervision;

/// <summary>Source-generated JSON of the supervisor's files.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    MaxDepth = 40)]
[JsonSerializable(typeof(TaskOrders))]
[JsonSerializable(typeof(TaskRecord))]
public sealed partial class SupervisionJson : JsonSerializerContext;
