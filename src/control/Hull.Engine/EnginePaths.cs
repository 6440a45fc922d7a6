namespace Hull.Engine;

/// <summary>Where Hull keeps things: what survives a boot below <see cref="Root"/>, what does not below <see cref="State"/>.</summary>
public sealed record EnginePaths
{
    /// <summary>The root without an option or variable.</summary>
    public const string DefaultRoot = "/var/lib/hull";

    /// <summary>The state directory without an option or variable.</summary>
    public const string DefaultState = "/run/hull";

    /// <summary>Uses two directories; relative ones are completed.</summary>
    public EnginePaths(string root, string state)
    {
        Root = Path.GetFullPath(root);
        State = Path.GetFullPath(state);
    }

    /// <summary>Images, snapshots, containers, volumes, the database.</summary>
    public string Root { get; }

    /// <summary>Sockets and the runtime's facts.</summary>
    public string State { get; }

    /// <summary>The database file.</summary>
    public string Database => Path.Combine(Root, "hull.db");

    /// <summary>The list of events.</summary>
    public string Events => Path.Combine(Root, "events.jsonl");

    /// <summary>Names the boot in which policies were looked at.</summary>
    public string BootMark => Path.Combine(Root, "booted");

    /// <summary>The content store.</summary>
    public string Content => Path.Combine(Root, "images");

    /// <summary>Unpacked layers and writable roots.</summary>
    public string Snapshots => Path.Combine(Root, "snapshots");

    /// <summary>One directory per named volume.</summary>
    public string Volumes => Path.Combine(Root, "volumes");

    /// <summary>One directory per container.</summary>
    public string Containers => Path.Combine(Root, "containers");

    /// <summary>The container runtime's own facts.</summary>
    public string Runtime => Path.Combine(State, "runtime");

    /// <summary>The microVM runtime's own facts.</summary>
    public string Machines => Path.Combine(State, "machines");

    /// <summary>One directory per container that was started since boot.</summary>
    public string Tasks => Path.Combine(State, "tasks");

    /// <summary>A container's directory.</summary>
    public string ContainerDirectory(string id) => Path.Combine(Containers, id);

    /// <summary>A container's log.</summary>
    public string LogFile(string id) => Path.Combine(ContainerDirectory(id), $"{id}-json.log");

    /// <summary>A container's directory of run-time facts.</summary>
    public string TaskDirectory(string id) => Path.Combine(Tasks, id);

    /// <summary>The path a container's supervisor listens at.</summary>
    public string Socket(string id) => Path.Combine(TaskDirectory(id), "task.sock");
}
