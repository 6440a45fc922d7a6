using System.Globalization;
using Hull.Linux;

namespace Hull.Runtime.Jail;

/// <summary>A user id that no account and no other machine has, for as long as somebody holds its lock.</summary>
/// <param name="Id">User and group.</param>
/// <param name="Lock">To be handed to the machine's process, which holds it until it ends.</param>
public sealed record JailUser(uint Id, FileLock Lock) : IDisposable
{
    // systemd's list of users and groups leaves 1879048192 to 2147483647 to nobody.
    private const uint First = 0x7000_0000;
    private const int Count = 4096;

    /// <summary>Takes the first free one.</summary>
    /// <param name="directory">Where the locks lie.</param>
    /// <exception cref="HullException">All are taken.</exception>
    public static JailUser Take(string directory)
    {
        Directory.CreateDirectory(directory);
        for (uint i = 0; i < Count; i++)
        {
            if (FileLock.TryExclusive(Path.Combine(directory, i.ToString(CultureInfo.InvariantCulture))) is { } mine)
            {
                return new JailUser(First + i, mine);
            }
        }

        throw new HullException(ErrorKind.ResourceExhausted, $"{Count} processes of machines run already; each needs a user id of its own.");
    }

    /// <summary>Lets go of the lock; who was handed it holds it still.</summary>
    public void Dispose() => Lock.Dispose();
}
