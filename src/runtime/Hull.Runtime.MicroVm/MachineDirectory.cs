using System.Globalization;
using System.Text;
using System.Text.Json;
using Hull.Linux;
using Microsoft.Win32.SafeHandles;

namespace Hull.Runtime.MicroVm;

/// <summary>The files of one microVM that die with the boot.</summary>
internal sealed class MachineDirectory(string root, ContainerId id)
{
    private const int TailBytes = 2000;

    // What is read of files that a machine's process writes, whoever has taken that over.
    private const int MaxConsoleBytes = 256 * 1024;
    private const int MaxLogBytes = 4096;

    internal string Path { get; } = System.IO.Path.Combine(root, id.ToString());

    internal string Socket => System.IO.Path.Combine(Path, "agent.sock");

    internal string Console => System.IO.Path.Combine(Path, AgentProtocol.ConsoleFile);

    internal string Log => System.IO.Path.Combine(Path, "machine.log");

    internal string Orders => System.IO.Path.Combine(Path, AgentProtocol.OrdersFile);

    private string ProcessFile => System.IO.Path.Combine(Path, "pid");

    internal bool Exists => Directory.Exists(Path);

    internal void Create(MachineProcessOrders orders)
    {
        Directory.CreateDirectory(root);
        Errno error = HostFile.TryMakeDirectory(Path, 0x1C0);
        if (error != Errno.None)
        {
            throw new HullException(
                LinuxException.KindOf(error), $"The microVM '{id}' cannot be made in '{root}': {LinuxException.TextOf(error)}.");
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(orders, AgentJson.Default.MachineProcessOrders);
        File.WriteAllBytes(Orders, json);
    }

    internal void WriteProcess(int pid) => File.WriteAllText(ProcessFile, pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>The machine's process; null when it ended. Its number is only trusted with its command line.</summary>
    internal (int Pid, PidFd Descriptor)? TryOpenProcess()
    {
        try
        {
            int pid = int.Parse(File.ReadAllText(ProcessFile), CultureInfo.InvariantCulture);
            if (PidFd.TryOpen(pid) is not { } descriptor)
            {
                return null;
            }

            string[] arguments = Encoding.UTF8.GetString(File.ReadAllBytes($"/proc/{pid}/cmdline")).Split('\0');
            if (arguments.Contains(Path))
            {
                return (pid, descriptor);
            }

            descriptor.Dispose();
            return null;
        }
        catch (Exception error) when (error is IOException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The last lines of the guest's console, for messages.</summary>
    internal string ConsoleTail()
    {
        string text = ReadConsole();
        text = text[Math.Max(0, text.Length - TailBytes)..];
        return string.Join(
            " | ",
            text.Split('\n').Select(line => PlainText.Of(line.Trim(), TailBytes)).Where(line => line.Length > 0).TakeLast(4));
    }

    /// <summary>What the guest printed.</summary>
    internal string ReadConsole() => Read(Console, MaxConsoleBytes);

    /// <summary>Keeps what the guest printed elsewhere.</summary>
    internal bool TryCopyConsole(string target)
    {
        try
        {
            File.WriteAllText(target, ReadConsole());
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The start has failed already: this is not what to tell.
            return false;
        }
    }

    /// <summary>What the machine's processes said before they ended: one sentence, or nothing.</summary>
    internal string ReadLog() => PlainText.Of(Read(Log, MaxLogBytes).TrimEnd('\0').Trim().ReplaceLineEndings(" "), MaxLogBytes);

    private static string Read(string path, int maxBytes)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            byte[] bytes = new byte[(int)Math.Min(RandomAccess.GetLength(file), maxBytes)];
            return Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, 0));
        }
        catch (IOException)
        {
            return "";
        }
    }

    internal void Remove()
    {
        if (Exists)
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
