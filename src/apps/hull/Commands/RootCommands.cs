using Hull.Engine.Containers;
using Hull.Image;
using Hull.Snapshot.Archiving;

namespace Hull.Cli.Commands;

/// <summary>Commands that read and write archives: diff, export, commit, save, load.</summary>
internal static class RootCommands
{
    internal static Command Diff() => new()
    {
        Name = "diff",
        Summary = "show which files a container changed",
        Usage = "CONTAINER",
        Description = """
            A line begins with A (added), C (changed) or D (deleted), as against the image. Volumes are not part of
            it, nor what Hull itself puts over the image.
            """,
        Examples = """
            hull diff web
            """,
        MinArguments = 1,
        MaxArguments = 1,
        Run = context =>
        {
            foreach (FileChange change in context.Engine.Containers.Changes(context.Engine.Containers.Get(context.Arguments[0])))
            {
                context.Output.WriteLine(Printable.Shown(change.ToString()));
            }

            return Task.FromResult(0);
        },
    };

    internal static Command ImageDiff() => new()
    {
        Name = "image diff",
        Summary = "show in which files two images differ",
        Usage = "BEFORE AFTER",
        Description = """
            Compares kind, mode, owner, size, content and link target, not times, straight from the layers. A line begins with A
            (only in AFTER), D (only in BEFORE) or C (in both, not the same).
            """,
        Examples = "hull image diff web:1 web:2",
        MinArguments = 2,
        MaxArguments = 2,
        Run = context =>
        {
            foreach (FileChange change in context.Engine.Images.Compare(context.Arguments[0], context.Arguments[1], context.Cancellation))
            {
                context.Output.WriteLine(Printable.Shown(change.ToString()));
            }

            return Task.FromResult(0);
        },
    };

    internal static Command Export()
    {
        TextFlag output = new("output", 'o', "FILE", "Write to a file instead of standard output.");
        return new Command
        {
            Name = "export",
            Summary = "write a container's files as one tar archive",
            Usage = "CONTAINER",
            Description = "Volumes are not part of it. Of a container that runs, each file is as it is when its turn comes.",
            Examples = "hull export web | tar -t\nhull export -o web.tar web",
            Flags = [output],
            MinArguments = 1,
            MaxArguments = 1,
            Run = context =>
            {
                ContainerView view = context.Engine.Containers.Get(context.Arguments[0]);
                ArchiveTarget.Write(output.Value, target => context.Engine.Containers.Export(view, target));
                return Task.FromResult(0);
            },
        };
    }

    internal static Command Commit()
    {
        TextFlag author = new("author", 'a', "TEXT", "Who made the image.");
        TextFlag message = new("message", 'm', "TEXT", "What the image's history says.");
        ListFlag change = new("change", 'c', "INSTRUCTION", "Set CMD, ENTRYPOINT, ENV, EXPOSE, USER, WORKDIR, LABEL, VOLUME or STOPSIGNAL.");
        SwitchFlag pause = new("pause", 'p', "Freeze a container that runs meanwhile (true).");
        return new Command
        {
            Name = "commit",
            Summary = "make an image of what a container changed",
            Usage = "CONTAINER [NAME[:TAG]]",
            Description = "Volumes are not part of it. The image's identifier is printed.",
            Examples = "hull commit --change 'CMD [\"/srv/run\"]' -m 'with my files' web web:2",
            Flags = [author, message, change, pause],
            MinArguments = 1,
            MaxArguments = 2,
            Run = context =>
            {
                ImageReference? name = context.Arguments.Count == 2 ? ImageReference.Parse(context.Arguments[1]) : null;
                LocalImage image = context.Engine.Containers.Commit(
                    context.Engine.Containers.Get(context.Arguments[0]), name, author.Value ?? "", message.Value ?? "",
                    config => change.Values.Aggregate(config, ImageChange.Apply),
                    !pause.IsSet || pause.Value);
                context.Output.WriteLine(image.Id);
                return Task.FromResult(0);
            },
        };
    }

    internal static Command Save()
    {
        TextFlag output = new("output", 'o', "FILE", "Write to a file instead of standard output.");
        return new Command
        {
            Name = "image save",
            Summary = "write images as one archive that Docker and OCI tools read",
            Usage = "IMAGE...",
            Description = """
                The archive holds an OCI layout and Docker's manifest at once: 'docker load', podman and skopeo read
                it.
                """,
            Examples = """
                hull image save -o web.tar web:1 web:2
                hull save web:1 | gzip > web.tar.gz
                """,
            Flags = [output, RefusedFlags.Platform],
            MinArguments = 1,
            Run = context =>
            {
                ArchiveTarget.Write(output.Value, target => context.Engine.Images.Save(context.Arguments, target, context.Cancellation));
                return Task.FromResult(0);
            },
        };
    }

    internal static Command Load()
    {
        TextFlag input = new("input", 'i', "FILE", "Read a file instead of standard input.");
        SwitchFlag quiet = new("quiet", 'q', "Print nothing.");
        return new Command
        {
            Name = "image load",
            Summary = "read images from an archive",
            Description = """
                Reads archives of 'hull image save', 'docker save' and OCI layouts, plain or compressed with gzip or
                zstd.
                """,
            Examples = """
                hull image load -i web.tar
                hull load < web.tar.gz
                """,
            Flags = [input, quiet, RefusedFlags.Platform],
            MaxArguments = 0,
            Run = context =>
            {
                using Stream source = input.Value is { } file ? File.OpenRead(PathArgument.Require(file)) : Console.OpenStandardInput();
                foreach (LocalImage image in context.Engine.Images.Load(source, context.Cancellation))
                {
                    if (!quiet.Value)
                    {
                        context.Output.WriteLine(image.Reference is { } name ? $"Loaded image: {name}" : $"Loaded image ID: {image.Id}");
                    }
                }

                return Task.FromResult(0);
            },
        };
    }
}
