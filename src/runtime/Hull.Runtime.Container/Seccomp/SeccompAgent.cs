using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Seccomp;

/// <summary>The program outside that answers the calls a filter hands to it.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "The Container Process State".</remarks>
internal static class SeccompAgent
{
    private const string StateVersion = "0.2.0";
    private const string DescriptorName = "seccompFd";

    /// <summary>Takes the listener out of the process and sends it to the agent with the state.</summary>
    /// <param name="spec">The specification, whose profile names the agent's socket.</param>
    /// <param name="record">The container.</param>
    /// <param name="process">The process that installed the filter.</param>
    /// <param name="number">The listener's number in it.</param>
    /// <param name="status">The container's status: <c>creating</c>, or <c>running</c> for a further process.</param>
    /// <exception cref="HullException">Nobody listens, or the listener cannot be taken.</exception>
    internal static void HandOver(
        RuntimeSpec spec, ContainerRecord record, FileDescriptor process, int number, string status = "creating")
    {
        SeccompSpec profile = spec.Linux?.Seccomp ?? throw new ArgumentException("There is no profile.", nameof(spec));
        using FileDescriptor listener = Take(record, process, number);
        using FileDescriptor socket = Connect(profile.ListenerPath ?? "");
        UnixSocket.SendDescriptor(socket, listener, StateOf(profile, record, status));
    }

    private static FileDescriptor Take(ContainerRecord record, FileDescriptor process, int number)
    {
        try
        {
            return KernelProcess.TakeDescriptor(process, number);
        }
        catch (LinuxException error) when (error.Error == Errno.Perm)
        {
            throw new HullException(
                ErrorKind.PermissionDenied,
                $"The seccomp listener cannot be given to its agent: without CAP_SYS_PTRACE it cannot be taken from a process that joins the container '{record.Id}', as those of exec and of startContainer hooks do.",
                error);
        }
    }

    /// <summary>Writes what the agent reads beside the descriptor.</summary>
    internal static byte[] StateOf(SeccompSpec profile, ContainerRecord record, string status)
    {
        using MemoryStream stream = new(512);
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("ociVersion"u8, StateVersion);
            writer.WriteStartArray("fds"u8);
            writer.WriteStringValue(DescriptorName);
            writer.WriteEndArray();
            writer.WriteNumber("pid"u8, record.ProcessId);
            writer.WriteString("metadata"u8, profile.ListenerMetadata ?? "");
            writer.WriteStartObject("state"u8);
            writer.WriteString("ociVersion"u8, record.OciVersion);
            writer.WriteString("id"u8, record.Id.ToString());
            writer.WriteString("status"u8, status);
            writer.WriteNumber("pid"u8, record.ProcessId);
            writer.WriteString("bundle"u8, record.BundleDirectory);
            writer.WriteStartObject("annotations"u8);
            foreach ((string key, string value) in record.Annotations)
            {
                writer.WriteString(key, value);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private static FileDescriptor Connect(string path)
    {
        try
        {
            return UnixSocket.Connect(path);
        }
        catch (LinuxException error)
        {
            throw new HullException(
                error.Kind, $"The seccomp agent at '{path}' cannot be reached: failed to connect with seccomp agent: {LinuxException.TextOf(error.Error)}.", error);
        }
    }
}
