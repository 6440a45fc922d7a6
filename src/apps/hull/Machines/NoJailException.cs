namespace Hull.Cli.Machines;

/// <summary>A machine's processes cannot be jailed here; nothing of the guest's ran.</summary>
internal sealed class NoJailException(HullException why) : HullException(why.Kind, why.Message, why);
