using SQLitePCL;

namespace Hull.Engine.State;

/// <summary>One open SQLite database, without layers: prepare, bind, step.</summary>
/// <remarks>
/// Write-ahead log, synchronous=NORMAL: a crash of a process loses nothing, a power cut at most the last changes.
/// Not thread-safe; several processes may open the same file, each write transaction waits for the others.
/// </remarks>
internal sealed class Database : IDisposable
{
    private const int BusyTimeoutMs = 30_000;

    // SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, sqlite3.h.
    private const int NoCheckpointOnClose = 1006;

    private readonly sqlite3 _handle;
    private readonly string _path;
    private readonly DiskReserve _reserve;

    private Database(sqlite3 handle, string path)
    {
        _handle = handle;
        _path = path;
        _reserve = new DiskReserve(Path.Combine(Path.GetDirectoryName(path) ?? "", "reserve"));
    }

    internal static Database Open(string path)
    {
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        CreatePrivate(path);
        const int Flags = raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX;
        int result = raw.sqlite3_open_v2(path, out sqlite3 handle, Flags, null);
        Database database = new(handle, path);
        try
        {
            database.Check(result);
            raw.sqlite3_busy_timeout(handle, BusyTimeoutMs);

            // Short-lived processes would otherwise sync and delete the log each time they end.
            raw.sqlite3_db_config(handle, NoCheckpointOnClose, 1, out _);
            database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON");
            database._reserve.Ensure();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    internal void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    internal Statement Prepare(string sql, params ReadOnlySpan<object?> values)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt handle));
        Statement statement = new(this, handle);
        for (int i = 0; i < values.Length; i++)
        {
            Check(values[i] switch
            {
                null => raw.sqlite3_bind_null(handle, i + 1),
                string text => raw.sqlite3_bind_text(handle, i + 1, text),
                long number => raw.sqlite3_bind_int64(handle, i + 1, number),
                int number => raw.sqlite3_bind_int(handle, i + 1, number),
                _ => throw new ArgumentException($"A value of type {values[i]!.GetType()} cannot be bound.", nameof(values)),
            });
        }

        return statement;
    }

    /// <summary>Runs one statement that returns no rows.</summary>
    /// <returns>How many rows it changed.</returns>
    internal int Run(string sql, params ReadOnlySpan<object?> values)
    {
        using Statement statement = Prepare(sql, values);
        statement.Step();
        return raw.sqlite3_changes(_handle);
    }

    /// <summary>Runs some work as one transaction that no other process's writes can interleave.</summary>
    internal void Transact(Action work)
    {
        // IMMEDIATE takes the write lock at once: an upgrade from a read later could fail with "busy" at any time.
        Execute("BEGIN IMMEDIATE");
        try
        {
            work();
            Execute("COMMIT");
        }
        catch
        {
            _ = raw.sqlite3_exec(_handle, "ROLLBACK");
            throw;
        }
    }

    /// <summary>As <see cref="Transact"/>, for work that leads to more room on the disk: it may use the reserve.</summary>
    internal void TransactRemoval(Action work)
    {
        try
        {
            Transact(work);
        }
        catch (HullException error) when (error.Kind == ErrorKind.ResourceExhausted && _reserve.TryRelease())
        {
            Transact(work);
        }
    }

    internal void Check(int result)
    {
        if (result is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return;
        }

        string reason = raw.sqlite3_errmsg(_handle).utf8_to_string();
        ErrorKind kind = (result & 0xff) switch
        {
            raw.SQLITE_CONSTRAINT => ErrorKind.AlreadyExists,
            raw.SQLITE_FULL or raw.SQLITE_NOMEM => ErrorKind.ResourceExhausted,
            raw.SQLITE_BUSY or raw.SQLITE_LOCKED => ErrorKind.Unavailable,
            raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_AUTH => ErrorKind.PermissionDenied,
            raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => ErrorKind.DataLoss,
            _ => ErrorKind.Internal,
        };
        throw new HullException(kind, $"The database '{_path}' cannot be used: {reason}.");
    }

    public void Dispose() => _handle?.Dispose();

    // Settings hold environments, which hold secrets; SQLite gives its other files the mode of this one.
    private static void CreatePrivate(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        try
        {
            FileStreamOptions options = new()
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.ReadWrite,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            };
            using FileStream file = new(path, options);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // SQLite says so in its own words.
        }
    }
}
