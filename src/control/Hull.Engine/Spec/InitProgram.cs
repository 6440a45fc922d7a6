namespace Hull.Engine.Spec;

/// <summary>The small first process of <c>--init</c>.</summary>
internal static class InitProgram
{
    /// <summary>Where a container sees it.</summary>
    internal const string Target = "/sbin/docker-init";

    /// <summary>Makes the program below Hull's root when it is not there yet.</summary>
    /// <returns>Its path on the host.</returns>
    internal static string Ensure(EnginePaths paths) => throw new HullException(
        ErrorKind.Unimplemented, $"The option '--init' is not supported yet (no init program in '{paths.Init}').");
}
