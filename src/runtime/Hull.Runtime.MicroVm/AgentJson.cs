using System.Text.Json.Serialization;

namespace Hull.Runtime.MicroVm;

/// <summary>Source-generated JSON of the agent's protocol and of the machine process's orders.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    MaxDepth = 40)]
[JsonSerializable(typeof(AgentRequest))]
[JsonSerializable(typeof(AgentReply))]
[JsonSerializable(typeof(MachineProcessOrders))]
public sealed partial class AgentJson : JsonSerializerContext;
