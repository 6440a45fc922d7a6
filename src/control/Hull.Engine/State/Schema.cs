using System.Globalization;

namespace Hull.Engine.State;

/// <summary>The database's tables, and how an older database becomes a current one.</summary>
/// <remarks>The version is SQLite's own <c>user_version</c>. A step is never changed once released; a new one is added.</remarks>
internal static class Schema
{
    private static readonly string[] s_steps =
    [
        """
        CREATE TABLE containers (
          id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, image TEXT NOT NULL, image_id TEXT NOT NULL,
          created INTEGER NOT NULL, phase TEXT NOT NULL, owner_pid INTEGER NOT NULL, owner_start INTEGER NOT NULL,
          settings TEXT NOT NULL) WITHOUT ROWID;
        CREATE INDEX containers_phase ON containers (phase) WHERE phase <> 'ready';
        CREATE TABLE volumes (
          name TEXT PRIMARY KEY, created INTEGER NOT NULL, anonymous INTEGER NOT NULL, labels TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE container_volumes (
          container TEXT NOT NULL REFERENCES containers (id) ON DELETE CASCADE, volume TEXT NOT NULL,
          PRIMARY KEY (container, volume)) WITHOUT ROWID;
        """,
    ];

    internal static int Current => s_steps.Length;

    internal static void Migrate(Database database, string path)
    {
        long version = Version(database);
        if (version == Current)
        {
            return;
        }

        if (version > Current)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The database '{path}' was written by a newer version of Hull: update this one.");
        }

        database.Transact(() =>
        {
            // Another process may have migrated between the look and the lock.
            for (long step = Version(database); step < Current; step++)
            {
                database.Execute(s_steps[step]);
            }

            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version={Current}"));
        });
    }

    private static long Version(Database database)
    {
        using Statement statement = database.Prepare("PRAGMA user_version");
        statement.Step();
        return statement.Number(0);
    }
}
