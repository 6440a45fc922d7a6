using System.Text;
using Hull.Linux;

namespace Hull.Machine.Host.Service;

/// <summary>How a running machine is spoken to: a line asks, a line answers. See docs/machine/vm.md.</summary>
public static class VmProtocol
{
    /// <summary>The first argument of the process that is the machine.</summary>
    public const string MachineMode = "user";

    /// <summary>The first argument of the process that serves its files.</summary>
    public const string FilesMode = "user-files";

    /// <summary>The descriptor of the orders.</summary>
    public const int OrdersNumber = 3;

    /// <summary>The descriptor of the listening socket.</summary>
    public const int ListenerNumber = 4;

    /// <summary>The descriptor of the lock that says that the machine runs.</summary>
    public const int LockNumber = 5;

    /// <summary>The descriptor of the result file.</summary>
    public const int ResultNumber = 6;

    /// <summary>The file server: the connection on which the machine asks.</summary>
    public const int FilesNumber = 4;

    /// <summary>The file server: the first tree; the others follow in the order of the orders.</summary>
    public const int FirstTreeNumber = 5;

    /// <summary>The first descriptor that the orders name.</summary>
    public const int FirstFileNumber = 7;

    /// <summary>Is anybody there.</summary>
    public const string Status = "status";

    /// <summary>Press the power button.</summary>
    public const string Button = "button";

    /// <summary>End at once.</summary>
    public const string Kill = "kill";

    /// <summary>Stand still; disks are flushed.</summary>
    public const string Hold = "hold";

    /// <summary>Write state and memory into two descriptors that follow.</summary>
    public const string Save = "save";

    /// <summary>Go on.</summary>
    public const string Go = "go";

    /// <summary>Become the serial console.</summary>
    public const string Console = "console";

    /// <summary>The answer when it was done.</summary>
    public const string Done = "ok";

    private const int MaxLineBytes = 1024;

    /// <summary>Reads a line without its end; null when the peer is gone or says too much.</summary>
    public static string? ReadLine(FileDescriptor socket)
    {
        Span<byte> line = stackalloc byte[MaxLineBytes];
        for (int count = 0; count < MaxLineBytes; count++)
        {
            // Byte by byte: what follows the line may be a descriptor or a stream.
            if (DescriptorIo.Read(socket, line.Slice(count, 1)) != 1)
            {
                return null;
            }

            if (line[count] == (byte)'\n')
            {
                return Encoding.UTF8.GetString(line[..count]);
            }
        }

        return null;
    }

    /// <summary>Writes a line.</summary>
    /// <exception cref="LinuxException">The peer is gone.</exception>
    public static void WriteLine(FileDescriptor socket, string line) =>
        DescriptorIo.WriteAll(socket, Encoding.UTF8.GetBytes(line.ReplaceLineEndings(" ") + "\n"));
}
