namespace Hull.OciCli;

/// <summary>What <c>--help</c> and <c>--version</c> say.</summary>
internal static class HelpText
{
    /// <summary>The answer to <c>--version</c>.</summary>
    internal const string Version = "hull-oci version 0.1.0\nspec: 1.2.0\n";

    /// <summary>The answer to <c>--help</c>.</summary>
    internal const string General = """
        hull-oci: runs containers from OCI bundles, with runc's command line.

        Usage: hull-oci [global options] COMMAND [options] [arguments]

        Commands:
          create      make a container; its process waits for start
          start       let the process of a created container go
          run         make a container and run it to its end
          state       show a container's state as JSON
          kill        send a signal to a container's first process
          delete      remove a stopped container
          exec        run one more process in a container
          ps          list the processes of a container
          list        list the containers
          pause       freeze all processes of a container
          resume      let them go on
          update      change a container's limits
          events      show what a container uses
          spec        write a sample configuration
          features    show what this runtime supports as JSON
          checkpoint  save a running container (needs CRIU)
          restore     bring a saved container back (needs CRIU)

        Global options:
          --root DIR              where the state lies (default /run/hull-oci)
          --log FILE              append failures to a file as well
          --log-format text|json  the format of that file
          --debug                 accepted; failures always say everything
          --cgroup-manager NAME   cgroupfs (default), systemd or disabled
          --systemd-cgroup        the same as --cgroup-manager=systemd
          --rootless BOOL         accepted; found out by itself
          --criu PATH             accepted; CRIU is looked up in PATH
          --help, --version

        """;
}
