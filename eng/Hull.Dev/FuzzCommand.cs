namespace Hull.Dev;

/// <summary><c>./dev fuzz TARGET</c>: hands everything to the fuzz program, built so that it sees which statements ran.</summary>
internal static class FuzzCommand
{
    internal static Task RunAsync(string[] arguments)
    {
        // The comparison with the host's processor counts instructions, not statements: it wants speed.
        string[] properties = arguments is ["native", ..]
            ? []
            : ["-p:HullCoverage=true", $"-p:ArtifactsPath={Path.Combine(House.Artifacts, "fuzz")}"];
        return Shell.RunAsync(
            "dotnet", ["run", "--project", "fuzz/Hull.Fuzz", "-c", "Release", "-v", "quiet", .. properties, "--", .. arguments]);
    }
}
