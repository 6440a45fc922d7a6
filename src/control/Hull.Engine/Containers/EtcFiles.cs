using System.Text;
using Hull.Engine.Settings;
using Hull.Engine.Spec;
using Hull.Engine.State;

namespace Hull.Engine.Containers;

/// <summary>The files Docker puts over an image's: host name, hosts, resolver, and the init when there is one.</summary>
internal static class EtcFiles
{
    private const string HostResolver = "/etc/resolv.conf";
    private const UnixFileMode Readable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    internal static void Write(string directory, ContainerRow row)
    {
        ContainerSettings settings = row.Settings;
        bool hostNetwork = settings.Namespaces.Network == "host";
        string hostname = settings.Hostname ?? (hostNetwork ? Environment.MachineName : row.Id[..12]);
        Save(directory, "hostname", hostname + "\n");
        Save(directory, "hosts", Hosts(settings, hostname, hostNetwork));
        Save(directory, "resolv.conf", Resolver(settings.Namespaces));
        if (settings.Init)
        {
            InitProgram.Write(directory);
        }
    }

    internal static string Hosts(ContainerSettings settings, string hostname, bool hostNetwork)
    {
        StringBuilder text = new();
        text.Append("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\n");
        text.Append("ff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n");
        foreach (string added in settings.Namespaces.AddedHosts)
        {
            int split = added.AsSpan().IndexOfAny(':', '=');
            if (split <= 0 || split == added.Length - 1)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The host entry '{added}' is not valid: use HOST:IP.");
            }

            text.Append(added.AsSpan(split + 1)).Append('\t').Append(added.AsSpan(0, split)).Append('\n');
        }

        if (!hostNetwork)
        {
            string full = string.IsNullOrEmpty(settings.Domainname) ? hostname : $"{hostname}.{settings.Domainname} {hostname}";
            text.Append("127.0.1.1\t").Append(full).Append('\n');
        }

        return text.ToString();
    }

    private static string Resolver(NamespaceSettings namespaces)
    {
        if (namespaces is { Dns.Count: 0, DnsSearch.Count: 0, DnsOptions.Count: 0 })
        {
            return File.Exists(HostResolver) ? File.ReadAllText(HostResolver) : "";
        }

        StringBuilder text = new();
        if (namespaces.DnsSearch is { Count: > 0 } search)
        {
            text.Append("search ").AppendJoin(' ', search).Append('\n');
        }

        foreach (string server in namespaces.Dns)
        {
            text.Append("nameserver ").Append(server).Append('\n');
        }

        if (namespaces.DnsOptions is { Count: > 0 } options)
        {
            text.Append("options ").AppendJoin(' ', options).Append('\n');
        }

        return text.ToString();
    }

    private static void Save(string directory, string name, string text)
    {
        string path = Path.Combine(directory, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, Readable);
    }
}
