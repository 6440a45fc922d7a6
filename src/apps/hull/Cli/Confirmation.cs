namespace Hull.Cli;

/// <summary>Asks before something is removed, as Docker does.</summary>
internal static class Confirmation
{
    /// <summary>Whether to go on: <c>--force</c> was given, or the answer was yes. Without an answer it is no.</summary>
    internal static bool Ask(CommandContext context, SwitchFlag force, string what)
    {
        if (force.Value)
        {
            return true;
        }

        context.Output.Write($"WARNING! This will remove {what}.\nAre you sure you want to continue? [y/N] ");
        context.Output.Flush();
        return Console.ReadLine() is "y" or "Y" or "yes";
    }
}
