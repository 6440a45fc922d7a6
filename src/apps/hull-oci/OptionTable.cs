namespace Hull.OciCli;

/// <summary>The options a command knows, by their names without dashes.</summary>
/// <param name="Flags">Options without a value.</param>
/// <param name="Values">Options with one.</param>
internal sealed record OptionTable(string[] Flags, string[] Values);
