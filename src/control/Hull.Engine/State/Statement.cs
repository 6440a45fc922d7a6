using SQLitePCL;

namespace Hull.Engine.State;

/// <summary>A prepared statement and its current row.</summary>
internal sealed class Statement(Database database, sqlite3_stmt handle) : IDisposable
{
    /// <summary>Goes to the next row.</summary>
    /// <returns>False when there is none.</returns>
    internal bool Step()
    {
        int result = raw.sqlite3_step(handle);
        database.Check(result);
        return result == raw.SQLITE_ROW;
    }

    internal string Text(int column) => raw.sqlite3_column_text(handle, column).utf8_to_string() ?? "";

    internal long Number(int column) => raw.sqlite3_column_int64(handle, column);

    public void Dispose() => handle.Dispose();
}
