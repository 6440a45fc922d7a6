using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>How to run a container of an image unless the caller says otherwise.</summary>
/// <remarks>
/// Source: OCI image specification 1.1, config.md, "config"; members marked "Docker" are from Docker's image
/// specification 1.2 and its engine.
/// </remarks>
public sealed record ContainerConfig
{
    /// <summary><c>user</c>, <c>uid</c>, <c>user:group</c> or a mix of names and numbers; root when empty.</summary>
    [JsonPropertyName("User")]
    public string? User { get; init; }

    /// <summary>Ports the program listens on: <c>80</c>, <c>80/tcp</c>, <c>53/udp</c>.</summary>
    [JsonPropertyName("ExposedPorts")]
    public IReadOnlyDictionary<string, EmptyObject?>? ExposedPorts { get; init; }

    /// <summary>Environment, <c>KEY=value</c>.</summary>
    [JsonPropertyName("Env")]
    public IReadOnlyList<string>? Env { get; init; }

    /// <summary>Program and first arguments.</summary>
    [JsonPropertyName("Entrypoint")]
    [JsonConverter(typeof(StringListJsonConverter))]
    public IReadOnlyList<string>? Entrypoint { get; init; }

    /// <summary>Arguments of the entry point, or program and arguments when there is none.</summary>
    [JsonPropertyName("Cmd")]
    [JsonConverter(typeof(StringListJsonConverter))]
    public IReadOnlyList<string>? Cmd { get; init; }

    /// <summary>Directories that hold data of their own.</summary>
    [JsonPropertyName("Volumes")]
    public IReadOnlyDictionary<string, EmptyObject?>? Volumes { get; init; }

    /// <summary>Working directory.</summary>
    [JsonPropertyName("WorkingDir")]
    public string? WorkingDir { get; init; }

    /// <summary>Labels of the image; containers inherit them.</summary>
    [JsonPropertyName("Labels")]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Signal that asks the program to end: <c>SIGTERM</c> or a number.</summary>
    [JsonPropertyName("StopSignal")]
    public string? StopSignal { get; init; }

    /// <summary>Docker: seconds between the stop signal and the kill.</summary>
    [JsonPropertyName("StopTimeout")]
    public int? StopTimeout { get; init; }

    /// <summary>Docker: how to find out whether the program is well.</summary>
    [JsonPropertyName("Healthcheck")]
    public HealthcheckConfig? Healthcheck { get; init; }

    /// <summary>Docker: shell of a build's shell form commands.</summary>
    [JsonPropertyName("Shell")]
    [JsonConverter(typeof(StringListJsonConverter))]
    public IReadOnlyList<string>? Shell { get; init; }

    /// <summary>Docker: steps that run when another image is built on this one.</summary>
    [JsonPropertyName("OnBuild")]
    public IReadOnlyList<string>? OnBuild { get; init; }

    /// <summary>Windows only.</summary>
    [JsonPropertyName("ArgsEscaped")]
    public bool ArgsEscaped { get; init; }

    /// <summary>Docker: host name an image was committed with.</summary>
    [JsonPropertyName("Hostname")]
    public string? Hostname { get; init; }

    /// <summary>Docker: domain name an image was committed with.</summary>
    [JsonPropertyName("Domainname")]
    public string? Domainname { get; init; }

    /// <summary>Docker: whether the committed container had a terminal.</summary>
    [JsonPropertyName("Tty")]
    public bool Tty { get; init; }

    /// <summary>Docker: whether the committed container's standard input was open.</summary>
    [JsonPropertyName("OpenStdin")]
    public bool OpenStdin { get; init; }
}
