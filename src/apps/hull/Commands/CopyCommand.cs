using Hull.Engine.Containers;
using Hull.Snapshot.Files;

namespace Hull.Cli.Commands;

/// <summary><c>hull cp</c>: files and directories between the host and a container.</summary>
internal static class CopyCommand
{
    private const string Stream = "-";

    internal static Command Create()
    {
        SwitchFlag archive = new("archive", 'a', "Keep user and group numbers.");
        SwitchFlag follow = new("follow-link", 'L', "Copy what a symbolic link SRC leads to, not the link.");
        SwitchFlag quiet = new("quiet", 'q', "Do not say how much was copied; so without a terminal too.");
        return new Command
        {
            Name = "cp",
            Summary = "copy files between a container and the host",
            Usage = "CONTAINER:SRC DEST|- | SRC|- CONTAINER:DEST",
            Description = """
                The container may run or not. Paths in it begin at its root, also without a slash in front, and are resolved there: no
                link in a container leads to the host. A path of the host that has a colon begins with '/' or './'.

                A directory SRC is copied into a directory DEST that exists, or becomes DEST; SRC/. means its content. A file
                replaces a file. A file never replaces a directory, nor a directory a file; directories merge.

                Modes and times are kept. Copies belong to root in the container and to you on the host, unless --archive keeps
                user and group numbers. SRC - is a tar archive on standard input, plain or compressed, whose owners count; DEST -
                writes one to standard output.
                """,
            Examples = "hull cp web:/etc/nginx/nginx.conf .\nhull cp site/. web:/var/www/html\nhull cp web:/var/log - | tar -t",
            Flags = [archive, follow, quiet],
            MinArguments = 2,
            MaxArguments = 2,
            Run = context =>
            {
                Copy(context, new FileCopyOptions { KeepsOwners = archive.Value, FollowsLink = follow.Value }, quiet);
                return Task.FromResult(0);
            },
        };
    }

    private static void Copy(CommandContext context, FileCopyOptions options, SwitchFlag quiet)
    {
        (string? fromName, string from) = Split(context.Arguments[0]);
        (string? toName, string to) = Split(context.Arguments[1]);
        ContainerService containers = context.Engine.Containers;
        long bytes;
        switch (fromName, toName)
        {
            case (null, null):
                throw new UsageException("One of the two must be a container's: CONTAINER:PATH.");
            case ({ }, { }):
                throw new UsageException("Files are not copied from container to container: copy them to the host first, or pipe 'hull cp A:SRC -' into 'hull cp - B:DEST'.");
            case ({ } name, null) when to == Stream:
                ArchiveTarget.Write(null, target => containers.ReadArchive(containers.Get(name), from, target, options));
                return;
            case ({ } name, null):
                bytes = containers.CopyOut(containers.Get(name), from, to, options);
                break;
            case (null, { } name) when from == Stream:
                using (System.IO.Stream source = Console.OpenStandardInput())
                {
                    containers.WriteArchive(containers.Get(name), to, source);
                }

                return;
            case (null, { } name):
                bytes = containers.CopyIn(containers.Get(name), from, to, options);
                break;
        }

        if (quiet.IsSet ? !quiet.Value : !Console.IsOutputRedirected)
        {
            context.Error.WriteLine($"Successfully copied {new ByteSize(bytes).ToDecimalString()} to {context.Arguments[1]}");
        }
    }

    // As Docker: a path that begins with a slash or a dot is the host's, whatever it contains.
    private static (string? Name, string Path) Split(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 || text[0] is '/' or '.' ? (null, text) : (text[..colon], text[(colon + 1)..]);
    }
}
