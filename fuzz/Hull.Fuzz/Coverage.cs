namespace Hull.Fuzz;

/// <summary>How much of the house's code ran by now; see fuzz/Coverage.</summary>
internal static class Coverage
{
#if HULL_COVERAGE
    /// <summary>Whether this build can tell.</summary>
    internal static bool IsThere => true;

    /// <summary>How many statements ran at least once.</summary>
    internal static int Reached => Microsoft.CodeAnalysis.Runtime.Instrumentation.CountReached();
#else
    /// <summary>Whether this build can tell.</summary>
    internal static bool IsThere => false;

    /// <summary>How many statements ran at least once.</summary>
    internal static int Reached => 0;
#endif
}
