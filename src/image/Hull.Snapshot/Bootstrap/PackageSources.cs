using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Hull.Snapshot.Bootstrap;

/// <summary>Finds where packages of a suite come from, asking the host's apt. Source: apt-get(8), "indextargets".</summary>
internal static partial class PackageSources
{
    private const string Format = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(CODENAME)|$(SUITE)";

    /// <summary>Lines of sources.list for a request.</summary>
    /// <exception cref="HullException">A name is malformed, or the host has no package sources.</exception>
    internal static async Task<(string Suite, IReadOnlyList<string> Lines)> FindAsync(
        BaseImageRequest request, CancellationToken cancellation)
    {
        string suite = request.Suite ?? request.Reference.Tag switch
        {
            null or "latest" => "stable",
            string tag => tag,
        };
        foreach (string name in (string[])[suite, request.Variant, .. request.Include, .. request.Components])
        {
            // The names become arguments and lines of a file: nothing but a plain word may pass.
            if (!PlainName().IsMatch(name))
            {
                throw new HullException(
                    ErrorKind.InvalidArgument, $"'{name}' is not the name of a suite, variant, component or package.");
            }
        }

        string distribution = request.Reference.Repository.Split('/')[^1];
        string options = KeyringOption(request, distribution);
        if (request.Mirror is Uri mirror)
        {
            return (suite, [$"deb{options} {PlainUri(mirror.ToString())} {suite} {string.Join(' ', request.Components)}"]);
        }

        IReadOnlyList<Target> targets = await ReadTargetsAsync(cancellation);
        List<string> lines = [];
        foreach (IGrouping<(string, string), Target> source in targets
            .Where(target => IsOf(target, suite)).GroupBy(target => (target.Uri, target.Release)))
        {
            string components = string.Join(' ', source.Select(target => target.Component).Distinct());
            lines.Add($"deb{options} {source.Key.Item1} {source.Key.Item2} {components}");
        }

        if (lines.Count > 0)
        {
            return (targets.First(target => IsOf(target, suite)).Release, lines);
        }

        // Another release of the host's distribution: its main archive holds all of them.
        return targets is [Target first, ..] && distribution == HostDistribution()
            ? (suite, [$"deb{options} {first.Uri} {suite} {first.Component}"])
            : throw new HullException(
                ErrorKind.NotFound, $"This host has no package sources for '{suite}' of '{distribution}': name one with --mirror.");
    }

    private static bool IsOf(Target target, string suite) =>
        target.Release == suite || target.Release.StartsWith(suite + "-", StringComparison.Ordinal)
        || target.Suite == suite || target.Suite.StartsWith(suite + "-", StringComparison.Ordinal);

    private static string KeyringOption(BaseImageRequest request, string distribution)
    {
        string keyring = request.Keyring ?? $"/usr/share/keyrings/{distribution}-archive-keyring.gpg";
        if (File.Exists(keyring) && KeyringPath().IsMatch(keyring))
        {
            return $" [signed-by={keyring}]";
        }

        return request.Keyring is null
            ? ""
            : throw new HullException(ErrorKind.NotFound, $"There is no keyring '{keyring}'.");
    }

    private static string PlainUri(string uri) => !uri.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || c is '[' or ']')
        ? uri
        : throw new HullException(ErrorKind.InvalidArgument, $"'{uri}' is not the address of a mirror.");

    private static string HostDistribution()
    {
        try
        {
            string? line = File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith("ID=", StringComparison.Ordinal));
            return line?["ID=".Length..].Trim('"') ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static async Task<IReadOnlyList<Target>> ReadTargetsAsync(CancellationToken cancellation)
    {
        ProcessStartInfo info = new("apt-get", ["indextargets", "--format", Format, "Created-By: Packages"])
        {
            RedirectStandardOutput = true,
        };
        string output;
        try
        {
            using Process process = Process.Start(info) ?? throw new UnreachableException();
            output = await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, "This host has no 'apt-get': base images are made from Debian packages.", error);
        }

        List<Target> targets = [];
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split('|');
            // Sources from disk and other schemes need files of the host inside; mmdebstrap takes the rest.
            if (fields.Length == 5 && fields[0].StartsWith("http", StringComparison.Ordinal) && !fields[0].Any(char.IsWhiteSpace))
            {
                targets.Add(new Target(fields[0], fields[1], fields[2], fields[4]));
            }
        }

        return targets;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9.+_:/-]{0,127}\z")]
    private static partial Regex PlainName();

    [GeneratedRegex(@"\A/[A-Za-z0-9.+_/-]+\z")]
    private static partial Regex KeyringPath();

    private sealed record Target(string Uri, string Release, string Component, string Suite);
}
