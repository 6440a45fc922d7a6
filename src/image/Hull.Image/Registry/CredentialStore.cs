using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hull.Linux;

namespace Hull.Image;

/// <summary>Logins of registries, in the files that Docker and Podman use.</summary>
/// <remarks>
/// Reads, first one wins: <c>$REGISTRY_AUTH_FILE</c>; <c>$DOCKER_CONFIG/config.json</c> or <c>~/.docker/config.json</c>;
/// <c>$XDG_RUNTIME_DIR/containers/auth.json</c>; <c>~/.config/containers/auth.json</c>. Writes the first of these two
/// kinds. Understands <c>auths</c>, <c>credHelpers</c> and <c>credsStore</c>. Files are replaced whole, readable for their
/// owner only. Thread-safe.
/// </remarks>
public sealed class CredentialStore
{
    private const int MaxFileBytes = 4 * 1024 * 1024;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly IReadOnlyList<string> _files;
    private readonly (string Registry, Credentials Credentials)? _only;

    /// <summary>Uses certain files; the first one is written.</summary>
    public CredentialStore(params IReadOnlyList<string> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentOutOfRangeException.ThrowIfZero(files.Count);
        _files = files;
    }

    private CredentialStore(string registry, Credentials credentials)
    {
        _files = [];
        _only = (registry, credentials);
    }

    /// <summary>The file that <c>login</c> and <c>logout</c> change.</summary>
    public string Path => _files[0];

    /// <summary>Knows one login and no file; for trying a login before it is stored.</summary>
    public static CredentialStore Of(string registry, Credentials credentials) => new(registry, credentials);

    /// <summary>Uses the files of the user who runs this process.</summary>
    public static CredentialStore OfUser()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify);
        List<string> files = [];
        if (Environment.GetEnvironmentVariable("REGISTRY_AUTH_FILE") is { Length: > 0 } named)
        {
            files.Add(named);
        }

        string docker = Environment.GetEnvironmentVariable("DOCKER_CONFIG") is { Length: > 0 } directory
            ? directory
            : System.IO.Path.Combine(home, ".docker");
        files.Add(System.IO.Path.Combine(docker, "config.json"));
        if (Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
        {
            files.Add(System.IO.Path.Combine(runtime, "containers", "auth.json"));
        }

        files.Add(System.IO.Path.Combine(home, ".config", "containers", "auth.json"));
        return new CredentialStore(files);
    }

    /// <summary>Finds the login for a registry, or for a repository in it.</summary>
    /// <returns>Null when there is none: the caller is anonymous.</returns>
    /// <exception cref="HullException">A file is damaged, or a credential helper fails.</exception>
    public async Task<Credentials?> FindAsync(string registry, string? repository, CancellationToken cancellation)
    {
        if (_only is { } only && only.Registry == registry)
        {
            return only.Credentials;
        }

        foreach (string file in _files)
        {
            JsonObject? root = Read(file);
            if (root is not null && await FindAsync(root, file, registry, repository, cancellation) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Stores a login, in a credential helper where one is configured, else in the file.</summary>
    /// <exception cref="HullException">The file or the helper does not take it.</exception>
    public async Task StoreAsync(string registry, Credentials credentials, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(credentials);
        if (HelperOf(Read(Path), registry) is { } helper)
        {
            await CredentialHelper.StoreAsync(helper, registry, credentials, cancellation);
            return;
        }

        string secret = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.Username}:{credentials.Password}"));
        Change(root =>
        {
            JsonObject entry = new() { ["auth"] = JsonValue.Create(secret) };
            if (credentials.IdentityToken is { } token)
            {
                entry["identitytoken"] = JsonValue.Create(token);
            }

            if (root["auths"] is not JsonObject auths)
            {
                auths = [];
                root["auths"] = auths;
            }

            auths[registry] = entry;
            return true;
        });
    }

    /// <summary>Forgets a login.</summary>
    /// <returns>False when there was none.</returns>
    /// <exception cref="HullException">The file or the helper cannot be changed.</exception>
    public async Task<bool> EraseAsync(string registry, CancellationToken cancellation)
    {
        bool erased = false;
        if (HelperOf(Read(Path), registry) is { } helper)
        {
            erased = await CredentialHelper.GetAsync(helper, registry, cancellation) is not null;
            await CredentialHelper.EraseAsync(helper, registry, cancellation);
        }

        Change(root =>
        {
            string[] keys = root["auths"] is JsonObject auths
                ? [.. auths.Select(pair => pair.Key).Where(key => HostOf(key) == registry)]
                : [];
            foreach (string key in keys)
            {
                erased |= ((JsonObject)root["auths"]!).Remove(key); // the line above found it to be an object
            }

            return keys.Length > 0;
        });
        return erased;
    }

    private static async Task<Credentials?> FindAsync(
        JsonObject root, string file, string registry, string? repository, CancellationToken cancellation)
    {
        if (HelperOf(root, registry) is { } helper
            && await CredentialHelper.GetAsync(helper, registry, cancellation) is { } helped)
        {
            return helped;
        }

        if (root["auths"] is not JsonObject auths)
        {
            return null;
        }

        // The longest key wins: HOST/team/app, HOST/team, HOST; then keys with a scheme or path, as old clients wrote them.
        for (string key = repository is null ? registry : $"{registry}/{repository}"; ; key = key[..key.LastIndexOf('/')])
        {
            if (auths[key] is JsonObject entry && Decode(entry, file, key) is { } found)
            {
                return found;
            }

            if (!key.Contains('/', StringComparison.Ordinal))
            {
                break;
            }
        }

        return auths.Where(pair => pair.Key.Contains("://", StringComparison.Ordinal) && HostOf(pair.Key) == registry)
            .Select(pair => pair.Value is JsonObject entry ? Decode(entry, file, pair.Key) : null)
            .FirstOrDefault(found => found is not null);
    }

    private static string HostOf(string key)
    {
        int scheme = key.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? key : key[(scheme + 3)..];
        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? rest : rest[..slash];
    }

    private static string? HelperOf(JsonObject? root, string registry) =>
        Text(root?["credHelpers"] as JsonObject, registry) ?? Text(root, "credsStore");

    private static string? Text(JsonObject? node, string name) =>
        node?[name] is JsonValue value && value.TryGetValue(out string? text) && text.Length > 0 ? text : null;

    private static Credentials? Decode(JsonObject entry, string file, string key)
    {
        string? identity = Text(entry, "identitytoken");
        string? token = Text(entry, "registrytoken");
        string? user = Text(entry, "username");
        string? password = Text(entry, "password");
        if (Text(entry, "auth") is { } encoded)
        {
            byte[] bytes = new byte[encoded.Length];
            string pair = Convert.TryFromBase64String(encoded, bytes, out int length) ? Encoding.UTF8.GetString(bytes, 0, length).TrimEnd('\0') : "";
            int colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                throw new HullException(ErrorKind.DataLoss, $"The login of '{key}' in '{file}' is damaged: log in again.");
            }

            user = pair[..colon];
            password = pair[(colon + 1)..];
        }

        return identity is null && token is null && (user is null || password is null)
            ? null
            : new Credentials { Username = user, Password = password, IdentityToken = identity, RegistryToken = token };
    }

    private static JsonObject? Read(string file)
    {
        try
        {
            if (!File.Exists(file))
            {
                return null;
            }

            byte[] bytes = new FileInfo(file).Length <= MaxFileBytes ? File.ReadAllBytes(file) : throw new JsonException();
            JsonObject root = bytes.Length == 0 ? [] : JsonNode.Parse(bytes) as JsonObject ?? throw new JsonException();
            Visit(root);
            return root;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            throw new HullException(ErrorKind.DataLoss, $"The login file '{file}' is not valid JSON.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The login file '{file}' cannot be read", error);
        }
    }

    // Nodes read their text when it is asked for: names that come twice and text that is not Unicode must show here.
    private static void Visit(JsonNode? node)
    {
        foreach (JsonNode? child in node switch
        {
            JsonObject members => members.Select(member => member.Value),
            JsonArray items => items,
            _ => [],
        })
        {
            Visit(child);
        }

        if (node is JsonValue value)
        {
            _ = value.TryGetValue(out string? _);
        }
    }

    private void Change(Func<JsonObject, bool> change) => StoreErrors.Run($"The login file '{Path}' cannot be written", () =>
    {
        string directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) ?? "/";
        Directory.CreateDirectory(directory, OwnerOnly | UnixFileMode.UserExecute);
        using var guard = FileLock.Exclusive(Path + ".lock");
        JsonObject root = Read(Path) ?? [];
        if (change(root))
        {
            AtomicFile.Write(Path, Encoding.UTF8.GetBytes(Indented(root)), OwnerOnly);
        }
    });

    private static string Indented(JsonObject root)
    {
        using MemoryStream text = new();
        using (Utf8JsonWriter writer = new(text, new JsonWriterOptions { Indented = true, IndentCharacter = '\t', IndentSize = 1 }))
        {
            root.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(text.ToArray()) + "\n";
    }
}
