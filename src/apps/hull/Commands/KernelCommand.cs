using Hull.Cli.Machines;

namespace Hull.Cli.Commands;

/// <summary><c>hull vm kernel</c>: the guest kernels in Hull's cache.</summary>
internal static class KernelCommand
{
    internal static Command Create() => new()
    {
        Name = "vm kernel",
        Summary = "pull, list, choose or remove guest kernels",
        Usage = "pull [SUITE] | ls | use KERNEL | rm KERNEL",
        Description = "pull downloads Debian's cloud kernel by way of apt, unpacks it below Hull's root, chooses it and prints its path; "
            + "without a suite, such as trixie, it is the host's own. The chosen kernel is what machines boot when none is named; "
            + "use chooses another one, by its suite or version.",
        Examples = "hull vm kernel pull trixie",
        MinArguments = 1,
        MaxArguments = 2,
        Run = context =>
        {
            KernelCache cache = new(context.Paths.Root);
            switch (context.Arguments)
            {
                case ["pull"]:
                    context.Output.WriteLine(cache.Pull());
                    break;
                case ["pull", string suite]:
                    context.Output.WriteLine(cache.Pull(suite));
                    break;
                case ["ls"]:
                    List(context, cache);
                    break;
                case ["use", string kernel]:
                    cache.Choose(kernel);
                    break;
                case ["rm", string kernel]:
                    cache.Remove(kernel);
                    break;
                default:
                    throw new UsageException(
                        $"'{string.Join(' ', context.Arguments)}' is not something to do with kernels: use pull, pull SUITE, ls, use KERNEL or rm KERNEL.");
            }

            return Task.FromResult(0);
        },
    };

    private static void List(CommandContext context, KernelCache cache)
    {
        IReadOnlyList<PulledKernel> kernels = cache.List();
        bool anyChosen = kernels.Any(kernel => kernel.IsChosen);
        Table.Write(
            context.Output,
            ["VERSION", "SUITE", "CHOSEN", "PATH"],
            [.. kernels.Select((kernel, i) => (string[])
                [kernel.Version, kernel.Suite, (anyChosen ? kernel.IsChosen : i == 0) ? "yes" : "", kernel.Path])]);
    }
}
