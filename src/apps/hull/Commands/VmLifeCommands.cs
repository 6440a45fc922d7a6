using System.Globalization;
using Hull.Cli.Machines;
using Hull.Linux;
using Hull.Machine.Host.Service;

namespace Hull.Cli.Commands;

/// <summary><c>hull vm</c>: machines that live in the background.</summary>
internal static class VmLifeCommands
{
    private const int DefaultTimeout = 30;

    internal static Command Create()
    {
        VmFlags flags = new();
        return new Command
        {
            Name = "vm create",
            Summary = "make a machine that lives in the background",
            Usage = "NAME",
            Description = "Keeps what it is made of; kernel and disks stay where they are.",
            Examples = "hull vm create web --kernel vmlinuz --disk web.qcow2 --append 'console=ttyS0 root=/dev/vda' -m 1g",
            Flags = flags.All,
            MinArguments = 1,
            MaxArguments = 1,
            Run = context =>
            {
                var folder = VmFolder.Of(context.Paths, context.Arguments[0]);
                folder.Create(flags.Read(context));
                context.Output.WriteLine(folder.Name);
                return Task.FromResult(0);
            },
        };
    }

    internal static Command Start() => new()
    {
        Name = "vm start",
        Summary = "start machines",
        Usage = "NAME...",
        Description = "Each gets a process of its own that lives until the guest is off. One that was saved goes on from where it stood.",
        Examples = "hull vm start web",
        MinArguments = 1,
        Run = context => context.ForEach(name => VmLauncher.Start(VmFolder.Find(context.Paths, name))),
    };

    internal static Command Stop()
    {
        NumberFlag timeout = new("time", 't', "SECONDS", $"How long the guest may take to switch itself off ({DefaultTimeout}).");
        return new Command
        {
            Name = "vm stop",
            Summary = "stop machines",
            Usage = "NAME...",
            Description = "Presses the power button; a guest that is not off when the time is over is ended.",
            Examples = "hull vm stop -t 60 web",
            Flags = [timeout],
            MinArguments = 1,
            Run = context => context.ForEachAsync(async name =>
            {
                var limit = TimeSpan.FromSeconds(Math.Clamp(timeout.Value ?? DefaultTimeout, 0, int.MaxValue));
                VmFolder folder = VmFolder.Find(context.Paths, name);
                await StopAsync(folder, limit, context.Cancellation);
                using (FileLock? ended = FileLock.TryExclusive(folder.LockFile))
                {
                    if (ended is not null)
                    {
                        folder.RemoveJail();
                    }
                }

                context.Output.WriteLine(name);
            }),
        };
    }

    internal static Command Console() => new()
    {
        Name = "vm console",
        Summary = "join a machine's serial console",
        Usage = "NAME",
        Description = "Shows the last that was printed first. Ctrl-A x leaves; the machine goes on.",
        Examples = "hull vm console web",
        MinArguments = 1,
        MaxArguments = 1,
        Run = context =>
        {
            using var client = VmClient.Connect(VmFolder.Find(context.Paths, context.Arguments[0]));
            client.Ask(VmProtocol.Console);
            using SerialConsole console = new();
            console.Join(client.Connection);
            return Task.FromResult(0);
        },
    };

    internal static Command List()
    {
        SwitchFlag quiet = new("quiet", 'q', "Print names only.");
        TextFlag format = new("format", '\0', "TEMPLATE", "table, json, or a template of .Name .Status .CPUs .Memory .Disks.");
        return new Command
        {
            Name = "vm ls",
            Summary = "list machines",
            Description = "A machine is created, running, saved, off, or what else it ended with.",
            Examples = "hull vm ls --format json",
            Flags = [quiet, format],
            MaxArguments = 0,
            Run = context =>
            {
                Listing listing = new(("NAME", "Name"), ("STATUS", "Status"), ("CPUS", "CPUs"), ("MEMORY", "Memory"), ("DISKS", "Disks"));
                foreach (VmFolder folder in VmFolder.All(context.Paths))
                {
                    if (quiet.Value)
                    {
                        context.Output.WriteLine(folder.Name);
                        continue;
                    }

                    VmConfiguration made = folder.Read();
                    int cpus = made.Topology[0] * made.Topology[1] * made.Topology[2];
                    listing.Add(
                        ("Name", folder.Name), ("Status", StatusOf(folder)), ("CPUs", cpus.ToString(CultureInfo.InvariantCulture)),
                        ("Memory", new ByteSize(made.MemoryBytes).ToString()), ("Disks", string.Join(' ', made.Disks)));
                }

                if (!quiet.Value)
                {
                    listing.Write(context.Output, format.Value);
                }

                return Task.FromResult(0);
            },
        };
    }

    internal static Command Remove()
    {
        SwitchFlag force = new("force", 'f', "End it first when it runs.");
        return new Command
        {
            Name = "vm rm",
            Summary = "remove machines",
            Usage = "NAME...",
            Description = "Disks that were given to the machine stay; copies that a restore made are removed with it.",
            Examples = "hull vm rm -f web",
            Flags = [force],
            MinArguments = 1,
            Run = context => context.ForEachAsync(async name =>
            {
                var folder = VmFolder.Find(context.Paths, name);
                if (force.Value && folder.IsRunning)
                {
                    await StopAsync(folder, TimeSpan.Zero, context.Cancellation);
                }

                using FileLock mine = FileLock.TryExclusive(folder.LockFile) ?? throw new HullException(
                    ErrorKind.FailedPrecondition, $"The machine '{name}' runs; stop it first or use --force.");
                folder.Remove();
                context.Output.WriteLine(name);
            }),
        };
    }

    internal static Command Snapshot() => new()
    {
        Name = "vm snapshot",
        Summary = "write a running machine into a folder",
        Usage = "NAME DIRECTORY",
        Description = "Memory, processors, devices and the disks that it writes to. The machine stands still meanwhile and goes on.",
        Examples = "hull vm snapshot web /var/backups/web",
        MinArguments = 2,
        MaxArguments = 2,
        Run = context =>
        {
            VmSnapshot.Take(VmFolder.Find(context.Paths, context.Arguments[0]), Path.GetFullPath(PathArgument.Require(context.Arguments[1])));
            context.Output.WriteLine(context.Arguments[1]);
            return Task.FromResult(0);
        },
    };

    internal static Command Restore()
    {
        SwitchFlag stopped = new("no-start", '\0', "Only make the machine; its first start goes on from the snapshot.");
        return new Command
        {
            Name = "vm restore",
            Summary = "make a machine from a snapshot and let it go on",
            Usage = "DIRECTORY NAME",
            Description = "The snapshot stays as it is: many machines can be made from it.",
            Examples = "hull vm restore /var/backups/web web2",
            Flags = [stopped],
            MinArguments = 2,
            MaxArguments = 2,
            Run = context =>
            {
                var folder = VmFolder.Of(context.Paths, context.Arguments[1]);
                VmSnapshot.Restore(Path.GetFullPath(PathArgument.Require(context.Arguments[0])), folder);
                if (!stopped.Value)
                {
                    VmLauncher.Start(folder);
                }

                context.Output.WriteLine(folder.Name);
                return Task.FromResult(0);
            },
        };
    }

    private static string StatusOf(VmFolder folder) => folder.IsRunning ? "running"
        : Directory.Exists(folder.Resume) ? "saved"
        : folder.LastResult()?.Ended switch
        {
            null => File.Exists(folder.ResultFile) ? "died" : "created",
            "poweroff" => "off",
            string ended => ended,
        };

    private static async Task StopAsync(VmFolder folder, TimeSpan limit, CancellationToken cancellation)
    {
        if (!folder.IsRunning)
        {
            return;
        }

        if (limit > TimeSpan.Zero && TryAsk(folder, VmProtocol.Button) && await EndsAsync(folder, limit, cancellation))
        {
            return;
        }

        var grace = TimeSpan.FromSeconds(DefaultTimeout);
        if (TryAsk(folder, VmProtocol.Kill) && await EndsAsync(folder, grace, cancellation))
        {
            return;
        }

        // Its process stands still, or its guest keeps a device busy: disks are not flushed then.
        folder.RemoveJail();
        if (!await EndsAsync(folder, grace, cancellation))
        {
            throw new HullException(ErrorKind.Unavailable, $"The machine '{folder.Name}' does not end.");
        }
    }

    // One that ends between the look and the question has done what it was asked for.
    private static bool TryAsk(VmFolder folder, string what)
    {
        const int AnswerTimeoutMs = 3000;
        try
        {
            using var client = VmClient.Connect(folder);
            client.Ask(what, AnswerTimeoutMs);
            return true;
        }
        catch (HullException) when (!folder.IsRunning)
        {
            return true;
        }
        catch (HullException error) when (error.Kind == ErrorKind.Unavailable)
        {
            return false;
        }
    }

    private static async Task<bool> EndsAsync(VmFolder folder, TimeSpan limit, CancellationToken cancellation)
    {
        const int LookAgainMs = 50;
        for (long left = (long)limit.TotalMilliseconds; folder.IsRunning; left -= LookAgainMs)
        {
            if (left <= 0)
            {
                return false;
            }

            await Task.Delay(LookAgainMs, cancellation);
        }

        return true;
    }
}
