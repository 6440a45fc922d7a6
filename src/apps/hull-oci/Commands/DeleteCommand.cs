using Hull.Runtime.Container;

namespace Hull.OciCli.Commands;

/// <summary><c>hull-oci delete</c>: removes a stopped container, or any with <c>--force</c>.</summary>
internal static class DeleteCommand
{
    private static readonly OptionTable s_table = new(["force", "f"], []);

    /// <summary>Runs it.</summary>
    internal static int Run(GlobalOptions global, ReadOnlySpan<string> args)
    {
        Arguments options = Arguments.Parse(args, s_table);
        new ContainerRuntime(global.Root).Delete(options.TheContainer(), options.Has("force") || options.Has("f"));
        return 0;
    }
}
