using System.Globalization;
using System.Text.Json;
using Hull.Linux;
using Hull.Runtime.Container.Cgroups;

namespace Hull.Runtime.Container;

/// <summary>What is written down about a container; see docs/runtime.md for the file.</summary>
public sealed record ContainerRecord
{
    private const int Version = 1;

    /// <summary>Its name.</summary>
    public required ContainerId Id { get; init; }

    /// <summary>The first process's id as the host sees it.</summary>
    public required int ProcessId { get; init; }

    /// <summary>The first process's pidfd inode, which no other process gets until the next boot; 0 where unknown.</summary>
    public required ulong ProcessIdentity { get; init; }

    /// <summary>The bundle's directory.</summary>
    public required string BundleDirectory { get; init; }

    /// <summary>The root's directory.</summary>
    public required string RootDirectory { get; init; }

    /// <summary>The specification's version.</summary>
    public required string OciVersion { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The user who made it.</summary>
    public uint Owner { get; init; }

    /// <summary>The specification's annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The directories of its cgroup by hierarchy; see <see cref="Cgroups.Cgroup.Paths"/>.</summary>
    public IReadOnlyDictionary<string, string> Cgroups { get; init; } = new Dictionary<string, string>();

    /// <summary>Its unit of systemd, which made its cgroup; empty for none.</summary>
    public string SystemdUnit { get; init; } = "";

    /// <summary>Its group of the resctrl file system; empty for none. See <see cref="ResourceControl.ResourceControlGroup.ToRecord"/>.</summary>
    public IReadOnlyDictionary<string, string> ResourceControl { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether its specification has hooks.</summary>
    public bool HasHooks { get; init; }

    /// <summary>The record of a container that was just made.</summary>
    internal static ContainerRecord For(Bundle bundle, int processId, FileDescriptor pidFd, DateTimeOffset created, Cgroup? cgroup)
    {
        _ = HostFile.TryStat(pidFd, out HostFileStatus status);
        return new ContainerRecord
        {
            Id = bundle.Id,
            ProcessId = processId,
            ProcessIdentity = status.Inode,
            BundleDirectory = bundle.Directory,
            RootDirectory = bundle.Root.Path,
            OciVersion = bundle.Spec.OciVersion,
            Created = created,
            HasHooks = bundle.Spec.Hooks is not null,
            Owner = KernelProcess.EffectiveUserId,
            Annotations = bundle.Spec.Annotations ?? new Dictionary<string, string>(),
            Cgroups = cgroup?.Paths ?? new Dictionary<string, string>(),
        };
    }

    /// <summary>Writes it as JSON.</summary>
    public byte[] ToJson()
    {
        // Written by hand: the JSON writer's tables alone cost a fresh process more time than the whole file.
        PlainJson json = new();
        json.Begin();
        json.Number("version", Version);
        json.Text("id", Id.ToString());
        json.Number("pid", ProcessId);
        json.Number("identity", (long)ProcessIdentity);
        json.Text("bundle", BundleDirectory);
        json.Text("rootfs", RootDirectory);
        json.Text("ociVersion", OciVersion);
        json.Number("created", Created.UtcTicks);
        json.Number("owner", Owner);
        json.Number("hooks", HasHooks ? 1 : 0);
        json.Map("annotations", Annotations);
        json.Map("cgroups", Cgroups);
        if (SystemdUnit.Length > 0)
        {
            json.Text("systemdUnit", SystemdUnit);
        }

        if (ResourceControl.Count > 0)
        {
            json.Map("resourceControl", ResourceControl);
        }

        json.End();
        return json.ToBytes();
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.DataLoss"/>: it is damaged.</exception>
    public static ContainerRecord Read(ReadOnlySpan<byte> json, string path)
    {
        try
        {
            Fields fields = new();
            Utf8JsonReader reader = new(json);
            fields.ReadFrom(ref reader);
            return fields.Version == Version
                ? fields.ToRecord()
                : throw new HullException(ErrorKind.FailedPrecondition, $"The record '{path}' was written by another version of Hull.");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            throw new HullException(ErrorKind.DataLoss, $"The record '{path}' is damaged.", error);
        }
    }

    /// <summary>The time of creation as runc writes it.</summary>
    public string CreatedText => Created.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);

    private sealed class Fields
    {
        private readonly Dictionary<string, string> _annotations = [];
        private readonly Dictionary<string, string> _cgroups = [];
        private readonly Dictionary<string, string> _resourceControl = [];
        private string? _id;
        private string? _bundle;
        private string? _root;
        private string _ociVersion = "";
        private string _systemdUnit = "";
        private long _processId;
        private long _identity;
        private long _created;
        private long _owner;
        private long _hooks;

        internal long Version { get; private set; }

        internal void ReadFrom(ref Utf8JsonReader json)
        {
            _ = json.Read() && json.TokenType == JsonTokenType.StartObject ? true : throw new JsonException();
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string name = json.GetString()!;
                _ = json.Read();
                if (json.TokenType == JsonTokenType.Number)
                {
                    TakeNumber(name, json.GetInt64());
                }
                else if (json.TokenType == JsonTokenType.String)
                {
                    TakeText(name, json.GetString()!);
                }
                else
                {
                    TakeMap(name, ref json);
                }
            }
        }

        internal ContainerRecord ToRecord() => new()
        {
            Id = ContainerId.TryParse(_id, out ContainerId id) ? id : throw new JsonException(),
            ProcessId = checked((int)_processId),
            ProcessIdentity = (ulong)_identity,
            BundleDirectory = _bundle ?? throw new JsonException(),
            RootDirectory = _root ?? throw new JsonException(),
            OciVersion = _ociVersion,
            Created = _created is > 0 and < 3155378975999999999 ? new DateTimeOffset(_created, TimeSpan.Zero) : throw new JsonException(),
            Owner = (uint)_owner,
            HasHooks = _hooks != 0,
            Annotations = _annotations,
            Cgroups = _cgroups,
            ResourceControl = _resourceControl,
            SystemdUnit = _systemdUnit,
        };

        private void TakeNumber(string name, long value)
        {
            switch (name)
            {
                case "version":
                    Version = value;
                    break;
                case "pid":
                    _processId = value is > 0 and <= int.MaxValue ? value : throw new JsonException();
                    break;
                case "identity":
                    _identity = value;
                    break;
                case "created":
                    _created = value;
                    break;
                case "owner":
                    _owner = value;
                    break;
                case "hooks":
                    _hooks = value;
                    break;
            }
        }

        private void TakeText(string name, string value)
        {
            switch (name)
            {
                case "id":
                    _id = value;
                    break;
                case "bundle":
                    _bundle = value;
                    break;
                case "rootfs":
                    _root = value;
                    break;
                case "ociVersion":
                    _ociVersion = value;
                    break;
                case "systemdUnit":
                    _systemdUnit = value;
                    break;
            }
        }

        private void TakeMap(string name, ref Utf8JsonReader json)
        {
            Dictionary<string, string>? map = name switch
            {
                "annotations" => _annotations,
                "cgroups" => _cgroups,
                "resourceControl" => _resourceControl,
                _ => null,
            };
            if (map is null || json.TokenType != JsonTokenType.StartObject)
            {
                json.Skip();
                return;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                string key = json.GetString()!;
                _ = json.Read();
                map[key] = json.GetString() ?? "";
            }
        }
    }
}
