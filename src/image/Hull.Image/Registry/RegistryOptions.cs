using System.Text.Json;

namespace Hull.Image;

/// <summary>How registries are reached. Read from <c>/etc/hull/hull.json</c> and the environment, or set by a caller.</summary>
public sealed record RegistryOptions
{
    /// <summary>Where the configuration is when nobody says otherwise.</summary>
    public const string DefaultPath = "/etc/hull/hull.json";

    /// <summary>The environment variable that names the default registry: <c>HOST[:PORT][/NAMESPACE]</c>.</summary>
    public const string DefaultRegistryVariable = "HULL_REGISTRY";

    private const int MaxConfigurationBytes = 1024 * 1024;

    /// <summary>Registry of short names; null makes pulling and pushing them an error.</summary>
    public string? DefaultRegistry { get; init; }

    /// <summary>Where that registry keeps names of one component: <c>debian</c> is <c>NAMESPACE/debian</c> there.</summary>
    public string? DefaultNamespace { get; init; }

    /// <summary>Registries (host with port) that may be used without trusted certificates, or without TLS at all.</summary>
    public IReadOnlyList<string> Insecure { get; init; } = [];

    /// <summary>False: no registry needs a trusted certificate or TLS, as <c>--tls-verify=false</c> asks.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>Directories with a directory <c>HOST:PORT</c> a registry: CAs in <c>*.crt</c>, own certificates in <c>*.cert</c> and <c>*.key</c>.</summary>
    public IReadOnlyList<string> CertificateDirectories { get; init; } =
        ["/etc/hull/certs.d", "/etc/containers/certs.d", "/etc/docker/certs.d"];

    /// <summary>Layers transferred at once.</summary>
    public int ParallelTransfers { get; init; } = 3;

    /// <summary>Attempts of one request, or of one transfer without progress, before giving up.</summary>
    public int MaxAttempts { get; init; } = 6;

    /// <summary>Pause before the second attempt; doubled for each further one, at most <see cref="MaxRetryPause"/>.</summary>
    public TimeSpan FirstRetryPause { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest pause, also when a registry asks for a longer one.</summary>
    public TimeSpan MaxRetryPause { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long to wait for a connection, and for the beginning of an answer.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a transfer may stand still before it counts as broken.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The clock of pauses and of token life times.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reads the configuration file, if it is there, and the environment, which wins.</summary>
    /// <exception cref="HullException">The file or the variable is malformed.</exception>
    public static RegistryOptions Load(string path = DefaultPath)
    {
        RegistryOptions options = File.Exists(path) ? Read(path) : new RegistryOptions();
        return Environment.GetEnvironmentVariable(DefaultRegistryVariable) is { Length: > 0 } named
            ? options.WithDefault(named, DefaultRegistryVariable)
            : options;
    }

    /// <summary>The name a registry knows a reference by: short names get the default registry.</summary>
    /// <exception cref="HullException">The name is short and there is no default registry.</exception>
    public ImageReference Resolve(ImageReference reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (reference.Registry is not null)
        {
            return reference;
        }

        return DefaultRegistry is null
            ? throw new HullException(
                ErrorKind.FailedPrecondition,
                $"'{reference.Familiar}' names no registry and no default is set: write 'HOST/{reference.Familiar}', or set {DefaultRegistryVariable} or 'registry.default' in '{DefaultPath}'.")
            : reference.At(DefaultRegistry, reference.Repository.Contains('/', StringComparison.Ordinal) ? null : DefaultNamespace);
    }

    /// <summary>Whether a registry may be used without TLS: it is this machine, or somebody decided so.</summary>
    internal bool AllowsPlain(string registry) => !VerifyTls || IsLoopback(registry) || IsInsecure(registry);

    /// <summary>Whether a registry's certificate need not be trusted.</summary>
    internal bool AllowsUntrusted(string registry) => !VerifyTls || IsInsecure(registry);

    /// <summary>Whether the host part is this machine by its spelling; names are never resolved for this.</summary>
    internal static bool IsLoopback(string registry)
    {
        int colon = registry.LastIndexOf(':');
        string host = colon > registry.LastIndexOf(']') ? registry[..colon] : registry;
        return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (System.Net.IPAddress.TryParse(host.Trim('[', ']'), out System.Net.IPAddress? address) && System.Net.IPAddress.IsLoopback(address));
    }

    private bool IsInsecure(string registry) => Insecure.Contains(registry, StringComparer.OrdinalIgnoreCase);

    private static RegistryOptions Read(string path)
    {
        RegistrySection? section;
        try
        {
            byte[] bytes = new FileInfo(path).Length <= MaxConfigurationBytes ? File.ReadAllBytes(path) : throw new JsonException();
            section = JsonSerializer.Deserialize(bytes, RegistryJson.Default.HullConfiguration)?.Registry;
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The configuration '{path}' is not valid JSON of the documented form.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The configuration '{path}' cannot be read", error);
        }

        if (section is null)
        {
            return new RegistryOptions();
        }

        RegistryOptions defaults = new();
        RegistryOptions options = defaults with
        {
            Insecure = section.Insecure ?? [],
            CertificateDirectories = section.CertificateDirectories ?? defaults.CertificateDirectories,
            ParallelTransfers = Math.Clamp(section.Parallel ?? defaults.ParallelTransfers, 1, 16),
            DefaultNamespace = section.DefaultNamespace,
        };
        return section.Default is { Length: > 0 } named ? options.WithDefault(named, path) : options;
    }

    private RegistryOptions WithDefault(string text, string source)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        string host = slash < 0 ? text : text[..slash];
        string? prefix = slash < 0 ? DefaultNamespace : text[(slash + 1)..];
        return ReferenceGrammar.IsRegistry(host)
            && (prefix is null || ReferenceGrammar.TrySplitName($"h.h/{prefix}", out _, out _, out _))
            ? this with { DefaultRegistry = host, DefaultNamespace = prefix }
            : throw new HullException(ErrorKind.InvalidArgument, $"'{text}' in '{source}' is not a registry such as 'HOST:PORT' or 'HOST/NAMESPACE'.");
    }
}
