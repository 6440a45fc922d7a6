namespace Hull.Linux;

/// <summary>What a <see cref="SpawnStep"/> does.</summary>
public enum SpawnOperation : uint
{
    /// <summary>A system call; a result between -4095 and -1 is an error, EINTR repeats the call.</summary>
    Call = 0,

    /// <summary>
    /// Loads eight bytes at argument 0, keeps the bits of argument 1 and compares with argument 2; anything else is the
    /// error in argument 3.
    /// </summary>
    Check = 1,

    /// <summary>Stores argument 1 at argument 0; argument 2 is the width, 4 or 8 bytes.</summary>
    Store = 2,
}
