using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hull.Linux;

/// <summary>Giving parts of a file back to the file system. Source: fallocate(2).</summary>
public static class FileSpace
{
    /// <summary>Makes a range read as zeros and gives its space back; the length of the file stays.</summary>
    /// <returns>False when the file system or device cannot do that.</returns>
    public static bool TryPunch(SafeFileHandle file, long offset, long length)
    {
        ArgumentNullException.ThrowIfNull(file);
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            FileDescriptor descriptor = FileDescriptor.Borrow((int)file.DangerousGetHandle());
            int result;
            do
            {
                result = Libc.fallocate(descriptor, Libc.FALLOC_FL_PUNCH_HOLE | Libc.FALLOC_FL_KEEP_SIZE, offset, length);
            }
            while (result != 0 && Marshal.GetLastPInvokeError() == (int)Errno.Intr);

            return result == 0;
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }
}
