using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hull.Engine.State;
using Hull.Supervision;

namespace Hull.Cli.Commands;

/// <summary>Commands about volumes.</summary>
internal static class VolumeCommands
{
    internal static Command Create()
    {
        ListFlag label = new("label", '\0', "NAME=VALUE", "Set a label.");
        TextFlag driver = new("driver", 'd', "NAME", "Who keeps it: local.");
        TextFlag name = new("name", '\0', "NAME", "Same as the argument.") { IsHidden = true };
        return new Command
        {
            Name = "volume create",
            Summary = "make a volume",
            Usage = "[NAME]",
            Description = """
                A volume is a directory that outlives containers. One that exists stays as it is. 'hull run -v
                NAME:/path' makes it too, and fills it with what the image has there.
                """,
            Examples = """
                hull volume create --label tier=db data
                hull run -d -v data:/var/lib/db db:1
                """,
            Flags = [label, driver, name, RefusedFlags.VolumeOption],
            MaxArguments = 1,
            Run = context =>
            {
                if (driver.Value is not (null or "local"))
                {
                    throw new HullException(ErrorKind.Unimplemented, $"The volume driver '{driver.Value}' is not supported: use local.");
                }

                context.Output.WriteLine(context.Engine.Volumes.Create(context.Arguments.Count > 0 ? context.Arguments[0] : name.Value, Pairs.Read(label.Values)).Name);
                return Task.FromResult(0);
            },
        };
    }

    internal static Command List()
    {
        SwitchFlag quiet = new("quiet", 'q', "Print names only.");
        TextFlag format = new("format", '\0', "TEMPLATE", "table, json, or a template of .Name .Driver .Scope .Mountpoint .Labels.");
        ListFlag filter = new("filter", 'f', "NAME=VALUE", "Only those that fit: name, label, dangling, driver.");
        return new Command
        {
            Name = "volume ls",
            Summary = "list volumes",
            Description = """
                All volumes, by name. Values of one filter are alternatives, but for labels; different filters must
                all fit.
                """,
            Examples = """
                hull volume ls
                hull volume ls -q --filter dangling=true
                """,
            Flags = [quiet, format, filter],
            MaxArguments = 0,
            Run = context =>
            {
                Listing listing = new(("DRIVER", "Driver"), ("VOLUME NAME", "Name"));
                var wanted = VolumeFilter.Parse(filter.Values, forPrune: false);
                foreach (VolumeRow volume in context.Engine.Volumes.List())
                {
                    if (!wanted.Fits(volume, context.Engine.Volumes.UsersOf(volume.Name).Count > 0))
                    {
                        continue;
                    }

                    if (quiet.Value)
                    {
                        context.Output.WriteLine(volume.Name);
                        continue;
                    }

                    listing.Add(
                        ("Driver", "local"), ("Name", volume.Name), ("Scope", "local"), ("Availability", "N/A"), ("Group", "N/A"), ("Links", "N/A"),
                        ("Size", "N/A"), ("Status", "N/A"), ("Mountpoint", context.Engine.Volumes.PathOf(volume.Name)),
                        ("Labels", string.Join(',', volume.Labels.Select(one => $"{one.Key}={one.Value}"))));
                }

                if (!quiet.Value)
                {
                    listing.Write(context.Output, format.Value);
                }

                return Task.FromResult(0);
            },
        };
    }

    internal static Command Inspect()
    {
        TextFlag format = new("format", 'f', "TEMPLATE", "Print with a Go template.");
        return new Command
        {
            Name = "volume inspect",
            Summary = "show everything about volumes",
            Usage = "VOLUME...",
            Description = """
                Prints a JSON array, or a line for each volume with a template; see 'hull help inspect'.
                """,
            Examples = """
                hull volume inspect data
                hull volume inspect -f '{{.Mountpoint}}' data
                """,
            Flags = [format],
            MinArguments = 1,
            Run = context => InspectCommand.PrintAsync(context, format.Value, name => Describe(context, name)),
        };
    }

    internal static Command Remove()
    {
        SwitchFlag force = new("force", 'f', "A missing volume is no failure.");
        return new Command
        {
            Name = "volume rm",
            Summary = "remove volumes and their content",
            Usage = "VOLUME...",
            Description = """
                A volume that a container uses, running or not, is not removed: remove the container first.
                """,
            Examples = """
                hull volume rm data
                """,
            Flags = [force],
            MinArguments = 1,
            Run = context => context.ForEachAsync(name =>
            {
                try
                {
                    context.Engine.Volumes.Remove(name);
                    context.Output.WriteLine(name);
                }
                catch (HullException error) when (force.Value && error.Kind == ErrorKind.NotFound)
                {
                    // Asked not to mind.
                }

                return Task.CompletedTask;
            }),
        };
    }

    internal static Command Prune()
    {
        SwitchFlag all = new("all", 'a', "Named volumes too.");
        SwitchFlag force = new("force", 'f', "Do not ask.");
        ListFlag filter = new("filter", '\0', "NAME=VALUE", "Only those that fit: label, label!.");
        return new Command
        {
            Name = "volume prune",
            Summary = "remove volumes no container uses",
            Description = """
                Removes volumes without a name of their own that no container uses, and with --all the named ones
                too. Their content is lost.
                """,
            Examples = """
                hull volume prune -f
                hull volume prune -a --filter label!=keep
                """,
            Flags = [all, force, filter],
            MaxArguments = 0,
            Run = context =>
            {
                var wanted = VolumeFilter.Parse(filter.Values, forPrune: true);
                if (!Confirmation.Ask(context, force, $"all {(all.Value ? "" : "anonymous ")}volumes not used by at least one container"))
                {
                    return Task.FromResult(0);
                }

                (IReadOnlyList<string> names, long bytes) = context.Engine.Volumes.Prune(all.Value, volume => wanted.Fits(volume, false));
                PruneReport.List(context.Output, "Volumes", names);
                PruneReport.Sum(context.Output, bytes);
                return Task.FromResult(0);
            },
        };
    }

    /// <summary>The JSON of one volume.</summary>
    /// <exception cref="HullException">There is none.</exception>
    internal static string Describe(CommandContext context, string name) =>
        ToJson(context.Engine.Volumes.Get(name), context.Engine.Volumes.PathOf(name));

    private static string ToJson(VolumeRow volume, string path)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("CreatedAt", JsonLogEncoder.FormatTime(volume.Created));
            json.WriteString("Driver", "local");
            json.WriteStartObject("Labels");
            foreach ((string name, string value) in volume.Labels)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteString("Mountpoint", path);
            json.WriteString("Name", volume.Name);
            json.WriteNull("Options");
            json.WriteString("Scope", "local");
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
