using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>What the two directions of the system's Zstandard library share.</summary>
internal static class Zstd
{
    /// <summary>Runs a call that needs the library and says what to install when it is missing.</summary>
    internal static T Use<T>(Func<T> call)
    {
        try
        {
            return call();
        }
        catch (DllNotFoundException error)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, "Zstandard needs 'libzstd.so.1': install the package 'libzstd1'.", error);
        }
    }

    /// <summary>Throws when a result is an error code.</summary>
    internal static nuint Check(nuint result, ErrorKind kind, string what)
    {
        if (Libc.ZSTD_isError(result) != 0)
        {
            string reason = Marshal.PtrToStringUTF8(Libc.ZSTD_getErrorName(result)) ?? "unknown";
            throw new HullException(kind, $"{what}: {reason}.");
        }

        return result;
    }
}
