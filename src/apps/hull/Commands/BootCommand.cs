namespace Hull.Cli.Commands;

/// <summary><c>hull system boot</c>.</summary>
internal static class BootCommand
{
    internal static Command Create()
    {
        SwitchFlag again = new("again", '\0', "Also when it was done since the host started.");
        return new Command
        {
            Name = "system boot",
            Summary = "start the containers whose restart policy wants it after the host started",
            Description = """
                Hull has no daemon: the host's init runs this once after each start of the host. Containers with --restart always
                are started, those with unless-stopped unless they were stopped by hand, and those with on-failure when they
                failed or went down with the host. Run a second time, it does nothing. Names of what was started are printed.
                """,
            Examples = """
                hull system boot

                # /etc/systemd/system/hull.service
                [Unit]
                Description=Containers of Hull
                After=local-fs.target network.target
                [Service]
                Type=oneshot
                RemainAfterExit=yes
                KillMode=process
                ExecStart=/usr/local/bin/hull system boot
                [Install]
                WantedBy=multi-user.target
                """,
            Flags = [again],
            MaxArguments = 0,
            Run = context =>
            {
                int code = 0;
                context.Engine.Containers.StartByPolicy(again.Value, (view, problem) =>
                {
                    if (problem is null)
                    {
                        context.Output.WriteLine(view.Row.Name);
                        return;
                    }

                    Printable.Complain(context.Error, $"'{view.Row.Name}' was not started: {problem.Message}");
                    code = 1;
                });
                return Task.FromResult(code);
            },
        };
    }
}
