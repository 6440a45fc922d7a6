using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container;

/// <summary>Moves interfaces of the host into a container's network namespace.</summary>
/// <remarks>
/// Source: OCI runtime specification 1.3, config-linux.md, "Network devices". The kernel keeps an interface's hardware
/// address and MTU when it moves but drops its IP addresses: those that somebody configured for the whole world come back.
/// </remarks>
internal static class NetworkDevices
{
    private const int MaxNameBytes = 15;

    /// <summary>Refuses devices that cannot be moved whatever the host has.</summary>
    /// <exception cref="HullException">A name is malformed, there is no namespace to move to, or no privilege.</exception>
    internal static void Check(LinuxSpec linux, bool hasNamespace, bool isPrivileged)
    {
        if (!hasNamespace)
        {
            throw new HullException(
                ErrorKind.InvalidArgument,
                "The configuration has 'linux.netDevices' but no network namespace: unable to move network devices without a NET namespace.");
        }

        if (!isPrivileged)
        {
            throw new HullException(
                ErrorKind.PermissionDenied, "Only root can move host interfaces: network devices are not supported for rootless containers.");
        }

        foreach ((string host, NetDeviceSpec device) in linux.NetDevices!)
        {
            foreach (string name in (ReadOnlySpan<string>)[host, string.IsNullOrEmpty(device.Name) ? host : device.Name])
            {
                if (!IsName(name))
                {
                    throw new HullException(
                        ErrorKind.InvalidArgument,
                        $"'{name}' cannot be an interface's name: invalid network device name (1 to 15 bytes without '/', ':' and spaces).");
                }
            }
        }
    }

    /// <summary>Moves them all.</summary>
    /// <param name="devices">What to move, by host name.</param>
    /// <param name="process">A process in the target namespace.</param>
    /// <param name="socket">The number of a routing socket in that process, made in that namespace.</param>
    /// <exception cref="HullException">One is missing, its name is in use there, or the kernel refused it.</exception>
    internal static void Move(IReadOnlyDictionary<string, NetDeviceSpec> devices, SpawnedProcess process, int socket)
    {
        using RouteSocket host = RouteSocket.Open();
        using RouteSocket inside = RouteSocket.Adopt(KernelProcess.TakeDescriptor(process.PidFd, socket));
        using FileDescriptor target = HostFile.Open($"/proc/{process.ProcessId}/ns/net", HostFile.ReadOnly);
        foreach ((string name, NetDeviceSpec device) in devices)
        {
            try
            {
                MoveOne(host, inside, target, name, string.IsNullOrEmpty(device.Name) ? name : device.Name);
            }
            catch (LinuxException error)
            {
                throw new HullException(
                    error.Kind, $"The network device '{name}' cannot be moved into the container: {error.Call}: {LinuxException.TextOf(error.Error)}.", error);
            }
        }
    }

    private static void MoveOne(RouteSocket host, RouteSocket inside, FileDescriptor target, string name, string newName)
    {
        int index = host.TryFind(name) ?? throw new HullException(
            ErrorKind.NotFound, $"The network device '{name}' does not exist: link not found.");
        bool isTemplate = newName.Contains('%', StringComparison.Ordinal);
        if (!isTemplate && inside.TryFind(newName) is not null)
        {
            throw new HullException(
                ErrorKind.AlreadyExists, $"The container's network namespace already has a device '{newName}': file exists.");
        }

        // Asked first: switching an interface off drops its IPv6 addresses.
        List<InterfaceAddress> addresses = host.ListAddresses(index);
        Dictionary<int, string>? before = isTemplate ? inside.List() : null;
        host.SetUp(index, isUp: false, name);
        host.Move(index, newName, target);
        int moved = before is null ? inside.TryFind(newName) ?? 0 : NewIn(inside.List(), before);
        foreach (InterfaceAddress address in addresses)
        {
            if (address.IsPermanent && address.IsGlobal)
            {
                inside.Add(moved, address, newName);
            }
        }

        inside.SetUp(moved, isUp: true, newName);
    }

    // The kernel chose a name: the interface is the one that was not there before.
    private static int NewIn(Dictionary<int, string> after, Dictionary<int, string> before)
    {
        foreach (int index in after.Keys)
        {
            if (!before.ContainsKey(index))
            {
                return index;
            }
        }

        return 0;
    }

    // As the kernel's dev_valid_name().
    private static bool IsName(string name)
    {
        bool isValid = name.Length > 0 && name is not "." and not ".." && System.Text.Encoding.UTF8.GetByteCount(name) <= MaxNameBytes;
        foreach (char letter in name)
        {
            isValid &= letter is not '/' and not ':' and not '\0' && !char.IsWhiteSpace(letter);
        }

        return isValid;
    }
}
