using System.Buffers;
using System.Text.Json;
using Hull.Engine.Settings;
using Hull.Supervision;

namespace Hull.Engine.State;

/// <summary>What Hull knows durably: containers and volumes. Every change is one transaction.</summary>
/// <remarks>Not thread-safe; several processes may use the same root.</remarks>
public sealed class StateStore : IDisposable
{
    private const string Columns = "id, name, image, image_id, created, phase, owner_pid, owner_start, settings";
    private const int ShortestPrefix = 1;

    private static readonly SearchValues<char> s_hexadecimal = SearchValues.Create("0123456789abcdef");

    private readonly Database _database;

    /// <summary>Opens the store and brings an older one up to date.</summary>
    /// <exception cref="HullException">It cannot be opened, is damaged, or is from a newer version.</exception>
    public StateStore(string path)
    {
        _database = Database.Open(path);
        try
        {
            Schema.Migrate(_database, path);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Adds a container that this process begins to make.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.AlreadyExists"/> when the name is taken.</exception>
    public void Add(ContainerRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        try
        {
            _database.Run(
                $"INSERT INTO containers ({Columns}) VALUES (?,?,?,?,?,?,?,?,?)",
                row.Id, row.Name, row.Image, row.ImageId, row.Created.UtcTicks, PhaseName(row.Phase),
                row.OwnerPid, row.OwnerStart, JsonSerializer.Serialize(row.Settings, SettingsJson.Default.ContainerSettings));
        }
        catch (HullException error) when (error.Kind == ErrorKind.AlreadyExists)
        {
            throw new HullException(
                ErrorKind.AlreadyExists,
                $"The container name '{row.Name}' is already in use by container '{Find(row.Name)?.Id[..12]}': remove or rename that container.");
        }
    }

    /// <summary>Declares a container whole and lists its volumes.</summary>
    public void Complete(string id, IEnumerable<string> volumes) => _database.Transact(() =>
    {
        _database.Run("UPDATE containers SET phase='ready', owner_pid=0, owner_start=0 WHERE id=?", id);
        foreach (string volume in volumes)
        {
            _database.Run("INSERT OR IGNORE INTO container_volumes (container, volume) VALUES (?,?)", id, volume);
        }
    });

    /// <summary>Marks a container as being removed by this process.</summary>
    /// <returns>False when another living process removes it already, or it is gone.</returns>
    public bool TryBeginRemoval(string id)
    {
        bool mine = false;
        _database.TransactRemoval(() =>
        {
            ContainerRow? row = FindById(id);
            if (row is null || (row.Phase == ContainerPhase.Removing && OwnerLives(row) && row.OwnerPid != Environment.ProcessId))
            {
                return;
            }

            mine = true;
            _database.Run(
                "UPDATE containers SET phase='removing', owner_pid=?, owner_start=? WHERE id=?",
                Environment.ProcessId, ProcessIdentity.StartOf(Environment.ProcessId), id);
        });
        return mine;
    }

    /// <summary>Forgets a container.</summary>
    public void Remove(string id) => _database.TransactRemoval(() => _database.Run("DELETE FROM containers WHERE id=?", id));

    /// <summary>Gives a container another name.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.AlreadyExists"/> when the name is taken.</exception>
    public void Rename(string id, string name)
    {
        try
        {
            _database.Run("UPDATE containers SET name=? WHERE id=?", name, id);
        }
        catch (HullException error) when (error.Kind == ErrorKind.AlreadyExists)
        {
            throw new HullException(
                ErrorKind.AlreadyExists, $"The container name '{name}' is already in use by container '{Find(name)?.Id[..12]}'.");
        }
    }

    /// <summary>Replaces what a container was asked to be.</summary>
    public void UpdateSettings(string id, ContainerSettings settings) => _database.Run(
        "UPDATE containers SET settings=? WHERE id=?",
        JsonSerializer.Serialize(settings, SettingsJson.Default.ContainerSettings), id);

    /// <summary>All containers that are whole, newest first.</summary>
    public IReadOnlyList<ContainerRow> List() => Read($"SELECT {Columns} FROM containers WHERE phase='ready' ORDER BY created DESC");

    /// <summary>Containers whose making or removal has not finished.</summary>
    public IReadOnlyList<ContainerRow> ListUnfinished() => Read($"SELECT {Columns} FROM containers WHERE phase<>'ready'");

    /// <summary>Finds a container by name, identifier or the beginning of an identifier.</summary>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="HullException">The beginning fits several.</exception>
    public ContainerRow? Find(string nameOrId)
    {
        ArgumentNullException.ThrowIfNull(nameOrId);
        List<ContainerRow> exact = Read($"SELECT {Columns} FROM containers WHERE id=? OR name=?", nameOrId, nameOrId);
        if (exact.Count > 0)
        {
            return exact.FirstOrDefault(row => row.Id == nameOrId) ?? exact[0];
        }

        if (nameOrId.Length < ShortestPrefix || nameOrId.AsSpan().ContainsAnyExcept(s_hexadecimal))
        {
            return null;
        }

        List<ContainerRow> begun = Read(
            $"SELECT {Columns} FROM containers WHERE id>=? AND id<? LIMIT 2", nameOrId, nameOrId + "g");
        return begun.Count <= 1
            ? begun.Count == 0 ? null : begun[0]
            : throw new HullException(ErrorKind.InvalidArgument, $"'{nameOrId}' is the beginning of several containers' identifiers.");
    }

    /// <summary>Finds a container by its whole identifier.</summary>
    public ContainerRow? FindById(string id) => Read($"SELECT {Columns} FROM containers WHERE id=?", id).FirstOrDefault();

    /// <summary>Whether the process that makes or removes a container still lives.</summary>
    public static bool OwnerLives(ContainerRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.OwnerPid > 0 && ProcessIdentity.StartOf(row.OwnerPid) == row.OwnerStart;
    }

    /// <summary>Adds a volume.</summary>
    /// <returns>False when the name exists.</returns>
    public bool TryAddVolume(VolumeRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return _database.Run(
            "INSERT OR IGNORE INTO volumes (name, created, anonymous, labels) VALUES (?,?,?,?)",
            row.Name, row.Created.UtcTicks, row.IsAnonymous ? 1 : 0,
            JsonSerializer.Serialize(row.Labels, SettingsJson.Default.IReadOnlyDictionaryStringString)) > 0;
    }

    /// <summary>Forgets a volume unless a container uses it.</summary>
    /// <returns>False when a container uses it.</returns>
    public bool TryRemoveVolume(string name)
    {
        bool removed = false;
        _database.TransactRemoval(() => removed = _database.Run(
            "DELETE FROM volumes WHERE name=? AND NOT EXISTS (SELECT 1 FROM container_volumes WHERE volume=name)", name) > 0);
        return removed;
    }

    /// <summary>All volumes by name.</summary>
    public IReadOnlyList<VolumeRow> ListVolumes()
    {
        List<VolumeRow> rows = [];
        using Statement statement = _database.Prepare("SELECT name, created, anonymous, labels FROM volumes ORDER BY name");
        while (statement.Step())
        {
            rows.Add(new VolumeRow
            {
                Name = statement.Text(0),
                Created = new DateTimeOffset(statement.Number(1), TimeSpan.Zero),
                IsAnonymous = statement.Number(2) != 0,
                Labels = JsonSerializer.Deserialize(statement.Text(3), SettingsJson.Default.IReadOnlyDictionaryStringString)
                    ?? new Dictionary<string, string>(),
            });
        }

        return rows;
    }

    /// <summary>The containers that use a volume.</summary>
    public IReadOnlyList<string> UsersOfVolume(string name) => Texts("SELECT container FROM container_volumes WHERE volume=?", name);

    /// <summary>The volumes a container uses.</summary>
    public IReadOnlyList<string> VolumesOf(string id) => Texts("SELECT volume FROM container_volumes WHERE container=?", id);

    /// <inheritdoc/>
    public void Dispose() => _database.Dispose();

    private List<string> Texts(string sql, string value)
    {
        List<string> texts = [];
        using Statement statement = _database.Prepare(sql, value);
        while (statement.Step())
        {
            texts.Add(statement.Text(0));
        }

        return texts;
    }

    private List<ContainerRow> Read(string sql, params ReadOnlySpan<object?> values)
    {
        List<ContainerRow> rows = [];
        using Statement statement = _database.Prepare(sql, values);
        while (statement.Step())
        {
            rows.Add(new ContainerRow
            {
                Id = statement.Text(0),
                Name = statement.Text(1),
                Image = statement.Text(2),
                ImageId = statement.Text(3),
                Created = new DateTimeOffset(statement.Number(4), TimeSpan.Zero),
                Phase = PhaseOf(statement.Text(5)),
                OwnerPid = (int)statement.Number(6),
                OwnerStart = statement.Number(7),
                Settings = ReadSettings(statement.Text(0), statement.Text(8)),
            });
        }

        return rows;
    }

    private static ContainerSettings ReadSettings(string id, string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, SettingsJson.Default.ContainerSettings)
                ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new HullException(ErrorKind.DataLoss, $"The settings of container '{id}' are damaged.", error);
        }
    }

    private static string PhaseName(ContainerPhase phase) => phase switch
    {
        ContainerPhase.Creating => "creating",
        ContainerPhase.Removing => "removing",
        _ => "ready",
    };

    private static ContainerPhase PhaseOf(string name) => name switch
    {
        "creating" => ContainerPhase.Creating,
        "removing" => ContainerPhase.Removing,
        _ => ContainerPhase.Ready,
    };
}
