using Hull.Oci.Runtime;

namespace Hull.Runtime;

/// <summary>Bundle in, task out: seam 1, with a container runtime and a microVM runtime behind it.</summary>
/// <remarks>Thread-safe. Several processes may use one state directory: the runtime serializes work on one task.</remarks>
public interface IRuntime
{
    /// <summary>Refuses what this runtime cannot do, before anything is made.</summary>
    /// <exception cref="HullException">The specification asks for it.</exception>
    void Check(RuntimeSpec spec)
    {
    }

    /// <summary>Makes a task up to the point where its process waits for <see cref="ITask.StartAsync"/>.</summary>
    /// <exception cref="HullException">Nothing is left behind when this throws.</exception>
    Task<ITask> CreateAsync(Bundle bundle, CancellationToken cancellation);

    /// <summary>Finds a task that this or another process created.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.NotFound"/> when there is none.</exception>
    Task<ITask> AttachAsync(ContainerId id, CancellationToken cancellation);

    /// <summary>Ends and removes a task, also one whose making was interrupted; that there is none is no failure.</summary>
    async Task DeleteAsync(ContainerId id, CancellationToken cancellation)
    {
        try
        {
            using ITask task = await AttachAsync(id, cancellation);
            await task.DeleteAsync(force: true, cancellation);
        }
        catch (HullException error) when (error.Kind == ErrorKind.NotFound)
        {
            // Somebody else removed it.
        }
    }
}
