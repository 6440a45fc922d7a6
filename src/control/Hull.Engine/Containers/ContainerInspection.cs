using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hull.Engine.Settings;
using Hull.Engine.State;
using Hull.Runtime;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <summary>A container as Docker's <c>inspect</c> describes it.</summary>
/// <remarks>Source: Docker Engine API v1.51, ContainerInspectResponse; members Hull has no meaning for are left out.</remarks>
public static class ContainerInspection
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const string Never = "0001-01-01T00:00:00Z";

    /// <summary>Writes one container as a JSON object.</summary>
    /// <param name="view">The container.</param>
    /// <param name="paths">Where things are kept.</param>
    /// <param name="sizes">Bytes of its own files and of all it sees; null to leave them out.</param>
    public static string ToJson(ContainerView view, EnginePaths paths, (long Own, long Root)? sizes = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(paths);
        ContainerRow row = view.Row;
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true, IndentSize = 4, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("Id", row.Id);
            json.WriteString("Created", Time(row.Created));
            List<string> command = [.. row.Settings.Entrypoint ?? [], .. row.Settings.Command ?? []];
            json.WriteString("Path", command.Count > 0 ? command[0] : "");
            Texts(json, "Args", command.Skip(1));
            State(json, view.Record);
            json.WriteString("Image", row.ImageId);
            string directory = paths.ContainerDirectory(row.Id);
            json.WriteString("ResolvConfPath", Path.Combine(directory, "resolv.conf"));
            json.WriteString("HostnamePath", Path.Combine(directory, "hostname"));
            json.WriteString("HostsPath", Path.Combine(directory, "hosts"));
            json.WriteString("LogPath", row.Settings.LogDriver == "none" ? "" : paths.LogFile(row.Id));
            json.WriteString("Name", "/" + row.Name);
            json.WriteNumber("RestartCount", view.Record.RestartCount);
            json.WriteString("Driver", "overlay");
            if (sizes is { } bytes)
            {
                json.WriteNumber("SizeRw", bytes.Own);
                json.WriteNumber("SizeRootFs", bytes.Root);
            }

            json.WriteString("Platform", "linux");
            HostConfig(json, row.Settings);
            Mounts(json, row.Settings, paths);
            Config(json, row);
            NetworkInspection.Write(json, row.Settings.Namespaces);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void State(Utf8JsonWriter json, TaskRecord record)
    {
        json.WriteStartObject("State");
        json.WriteString("Status", record.State.ToString().ToLowerInvariant());
        json.WriteBoolean("Running", record.State is TaskState.Running or TaskState.Paused);
        json.WriteBoolean("Paused", record.State == TaskState.Paused);
        json.WriteBoolean("Restarting", record.State == TaskState.Restarting);
        json.WriteBoolean("OOMKilled", record.OutOfMemory);
        json.WriteBoolean("Dead", record.State == TaskState.Dead);
        json.WriteNumber("Pid", record.Pid);
        json.WriteNumber("ExitCode", record.ExitCode);
        json.WriteString("Error", record.Error);
        json.WriteString("StartedAt", record.StartedAt is { } started ? Time(started) : Never);
        json.WriteString("FinishedAt", record.FinishedAt is { } finished ? Time(finished) : Never);
        if (record.Health is { } health)
        {
            json.WriteStartObject("Health");
            json.WriteString("Status", health.Status);
            json.WriteNumber("FailingStreak", health.FailingStreak);
            json.WriteStartArray("Log");
            foreach (HealthResult result in health.Log)
            {
                json.WriteStartObject();
                json.WriteString("Start", Time(result.Start));
                json.WriteString("End", Time(result.End));
                json.WriteNumber("ExitCode", result.ExitCode);
                json.WriteString("Output", result.Output);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void HostConfig(Utf8JsonWriter json, ContainerSettings settings)
    {
        ResourceSettings limits = settings.Resources;
        json.WriteStartObject("HostConfig");
        Texts(json, "Binds", settings.Mounts.Where(mount => mount.Kind != MountKind.Tmpfs)
            .Select(mount => $"{mount.Source}:{mount.Target}{(mount.ReadOnly ? ":ro" : "")}"));
        json.WriteStartObject("LogConfig");
        json.WriteString("Type", settings.LogDriver);
        Pairs(json, "Config", settings.LogOptions);
        json.WriteEndObject();
        json.WriteString("NetworkMode", settings.Namespaces.Network);
        json.WriteStartObject("RestartPolicy");
        json.WriteString("Name", PolicyName(settings.Restart.Kind));
        json.WriteNumber("MaximumRetryCount", settings.Restart.MaximumRetries);
        json.WriteEndObject();
        json.WriteBoolean("AutoRemove", settings.AutoRemove);
        Texts(json, "CapAdd", settings.Security.AddedCapabilities);
        Texts(json, "CapDrop", settings.Security.DroppedCapabilities);
        json.WriteString("CgroupnsMode", settings.Namespaces.Cgroup.Length > 0 ? settings.Namespaces.Cgroup : "private");
        Texts(json, "Dns", settings.Namespaces.Dns);
        Texts(json, "DnsOptions", settings.Namespaces.DnsOptions);
        Texts(json, "DnsSearch", settings.Namespaces.DnsSearch);
        HostConfigObjects.Devices(json, settings.Devices);
        json.WriteStartObject("PortBindings");
        json.WriteEndObject();
        Texts(json, "DeviceCgroupRules", limits.DeviceCgroupRules);
        Texts(json, "VolumesFrom", settings.VolumesFrom);
        Pairs(json, "Annotations", settings.Annotations);
        Pairs(json, "Tmpfs", settings.Mounts.Where(mount => mount.Kind == MountKind.Tmpfs)
            .ToDictionary(mount => mount.Target, mount => string.Join(',', mount.Options)));
        Texts(json, "ExtraHosts", settings.Namespaces.AddedHosts);
        Texts(json, "GroupAdd", settings.Groups);
        json.WriteString("IpcMode", settings.Namespaces.Ipc.Length > 0 ? settings.Namespaces.Ipc : "private");
        json.WriteString("PidMode", settings.Namespaces.Pid);
        json.WriteString("UTSMode", settings.Namespaces.Uts);
        json.WriteString("UsernsMode", settings.Namespaces.User);
        json.WriteBoolean("Privileged", settings.Security.Privileged);
        json.WriteBoolean("ReadonlyRootfs", settings.Security.ReadOnlyRoot);
        Texts(json, "SecurityOpt", settings.Security.Options);
        Pairs(json, "Sysctls", settings.Security.Sysctls);
        json.WriteNumber("ShmSize", settings.SharedMemoryBytes > 0 ? settings.SharedMemoryBytes : 64 * 1024 * 1024);
        json.WriteBoolean("Init", settings.Init);
        json.WriteNumber("NanoCpus", limits.NanoCpus);
        json.WriteNumber("CpuShares", limits.CpuShares);
        json.WriteNumber("CpuPeriod", limits.CpuPeriod);
        json.WriteNumber("CpuQuota", limits.CpuQuota);
        json.WriteNumber("CpuRealtimePeriod", limits.CpuRealtimePeriod);
        json.WriteNumber("CpuRealtimeRuntime", limits.CpuRealtimeRuntime);
        json.WriteString("CpusetCpus", limits.CpusetCpus ?? "");
        json.WriteString("CpusetMems", limits.CpusetMems ?? "");
        json.WriteNumber("Memory", limits.MemoryBytes);
        json.WriteNumber("MemoryReservation", limits.MemoryReservationBytes);
        json.WriteNumber("MemorySwap", limits.MemorySwapBytes != 0 ? limits.MemorySwapBytes : limits.MemoryBytes * 2);
        json.WriteNumber("PidsLimit", limits.PidsLimit);
        json.WriteNumber("BlkioWeight", limits.BlockIoWeight);
        HostConfigObjects.Rates(json, "BlkioWeightDevice", "Weight", limits.BlockIoWeightDevices);
        HostConfigObjects.Rates(json, "BlkioDeviceReadBps", "Rate", limits.DeviceReadBps);
        HostConfigObjects.Rates(json, "BlkioDeviceWriteBps", "Rate", limits.DeviceWriteBps);
        HostConfigObjects.Rates(json, "BlkioDeviceReadIOps", "Rate", limits.DeviceReadIops);
        HostConfigObjects.Rates(json, "BlkioDeviceWriteIOps", "Rate", limits.DeviceWriteIops);
        HostConfigObjects.Ulimits(json, limits.Ulimits);
        json.WriteString("CgroupParent", limits.CgroupParent ?? "");
        json.WriteNumber("MemorySwappiness", limits.MemorySwappiness ?? -1);
        json.WriteNumber("OomScoreAdj", limits.OomScoreAdjust ?? 0);
        json.WriteBoolean("OomKillDisable", limits.OomKillDisable);
        json.WriteString("Isolation", settings.Isolation);
        if (settings.Isolation == ContainerSettings.MicroVm)
        {
            json.WriteString("VmKernel", settings.Machine?.Kernel ?? "");
            json.WriteString("VmRoot", settings.Machine?.Root ?? MachineSettings.Share);
            json.WriteNumber("VmBootTimeout", settings.Machine?.BootTimeoutMs ?? MachineOrders.DefaultBootTimeoutMs);
        }

        json.WriteEndObject();
    }

    private static void Mounts(Utf8JsonWriter json, ContainerSettings settings, EnginePaths paths)
    {
        json.WriteStartArray("Mounts");
        foreach (MountSettings mount in settings.Mounts)
        {
            json.WriteStartObject();
            json.WriteString("Type", mount.Kind.ToString().ToLowerInvariant());
            if (mount.Kind == MountKind.Volume)
            {
                json.WriteString("Name", mount.Source);
                json.WriteString("Driver", "local");
            }

            json.WriteString("Source", mount.Kind == MountKind.Volume ? Path.Combine(paths.Volumes, mount.Source, "_data") : mount.Source);
            json.WriteString("Destination", mount.Target);
            json.WriteString("Mode", string.Join(',', mount.Options));
            json.WriteBoolean("RW", !mount.ReadOnly);
            json.WriteString("Propagation", mount.Kind == MountKind.Tmpfs ? "" : mount.Propagation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Config(Utf8JsonWriter json, ContainerRow row)
    {
        ContainerSettings settings = row.Settings;
        json.WriteStartObject("Config");
        json.WriteString("Hostname", settings.Hostname ?? row.Id[..12]);
        json.WriteString("Domainname", settings.Domainname ?? "");
        json.WriteString("User", settings.User ?? "");
        json.WriteBoolean("Tty", settings.Terminal);
        json.WriteBoolean("OpenStdin", settings.OpenInput);
        json.WriteBoolean("StdinOnce", settings.InputOnce);
        Texts(json, "Env", settings.Environment);
        json.WriteStartObject("ExposedPorts");
        foreach (string port in settings.ExposedPorts)
        {
            json.WriteStartObject(port);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        TextsOrNull(json, "Cmd", settings.Command);
        json.WriteString("Image", row.Image);
        json.WriteStartObject("Volumes");
        foreach (MountSettings mount in settings.Mounts.Where(mount => mount is { Kind: MountKind.Volume, IsAnonymous: true }))
        {
            json.WriteStartObject(mount.Target);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteString("WorkingDir", settings.WorkingDirectory ?? "");
        TextsOrNull(json, "Entrypoint", settings.Entrypoint);
        Pairs(json, "Labels", settings.Labels);
        json.WriteString("StopSignal", settings.StopSignal ?? "SIGTERM");
        json.WriteNumber("StopTimeout", settings.StopTimeoutSeconds ?? 10);
        if (settings.Health?.Test is { Count: > 0 } test)
        {
            json.WriteStartObject("Healthcheck");
            Texts(json, "Test", test);
            json.WriteNumber("Interval", settings.Health.IntervalMs * NanosecondsPerMillisecond);
            json.WriteNumber("Timeout", settings.Health.TimeoutMs * NanosecondsPerMillisecond);
            json.WriteNumber("StartPeriod", settings.Health.StartPeriodMs * NanosecondsPerMillisecond);
            json.WriteNumber("StartInterval", settings.Health.StartIntervalMs * NanosecondsPerMillisecond);
            json.WriteNumber("Retries", settings.Health.Retries);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string PolicyName(RestartKind kind) => kind switch
    {
        RestartKind.OnFailure => "on-failure",
        RestartKind.Always => "always",
        RestartKind.UnlessStopped => "unless-stopped",
        _ => "no",
    };

    private static string Time(DateTimeOffset time) => JsonLogEncoder.FormatTime(time).ToString(CultureInfo.InvariantCulture);

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }

    // As Docker: a program that was not given is null, not an empty list.
    private static void TextsOrNull(Utf8JsonWriter json, string name, IReadOnlyList<string>? texts)
    {
        if (texts is { Count: > 0 })
        {
            Texts(json, name, texts);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Pairs(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, string> pairs)
    {
        json.WriteStartObject(name);
        foreach ((string key, string value) in pairs)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }
}
