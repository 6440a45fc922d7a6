using Hull.Machine.Memory;
using Hull.Machine.Snapshots;
using Hull.Machine.State;
using Microsoft.Win32.SafeHandles;

namespace Hull.Machine;

// The whole machine into two files and out of them.
public sealed partial class VirtualMachine
{
    /// <summary>Writes the whole machine; the guest stands still meanwhile and goes on afterwards.</summary>
    /// <param name="state">An empty file for processors and devices.</param>
    /// <param name="memory">An empty file for the RAM; holes where it is zero.</param>
    /// <exception cref="HullException">A device cannot be saved, or a file cannot be written.</exception>
    /// <remarks>Both files are durable when it returns. What the disks hold is not in them: the caller copies those while paused.</remarks>
    public void Save(SafeFileHandle state, SafeFileHandle memory)
    {
        Pause();
        try
        {
            byte[] bytes = SaveParts(Memory.SaveTo(memory));
            RandomAccess.Write(state, bytes, 0);
            RandomAccess.FlushToDisk(memory);
            RandomAccess.FlushToDisk(state);
        }
        catch (IOException error)
        {
            throw new HullException(ErrorKind.ResourceExhausted, "The snapshot cannot be written.", error);
        }
        finally
        {
            Resume();
        }
    }

    /// <summary>Takes over a saved machine's state, instead of <see cref="Load"/>; run it afterwards.</summary>
    /// <param name="saved">The state.</param>
    /// <param name="memory">The RAM.</param>
    /// <exception cref="HullException">The snapshot is damaged or of another machine; this one is of no use then.</exception>
    public void Restore(SavedMachine saved, SafeFileHandle memory)
    {
        ArgumentNullException.ThrowIfNull(saved);
        saved.Check(_spec);
        var told = ProcessorFeatures.Read(saved.File.Open(FeatureSection));
        told.CheckOfferedBy(Features());

        // The guest goes on seeing what it was told, however much more there is here.
        _wiring.Cpuid.Shown = told;

        Pause();
        try
        {
            Memory.LoadFrom(memory, saved.ReadMemory());
            _wiring.Clock.Continue(saved.ClockNow, saved.WallNow);
            foreach (ProcessorThread thread in _threads)
            {
                StateReader reader = saved.File.Open(NameOf(thread));
                ProcessorState state = ProcessorStateFormat.Read(reader);
                reader.End();
                thread.Load(in state);
            }

            // After the processors: an APIC with a waiting interrupt signals its own.
            foreach ((string name, ISavable part) in _parts)
            {
                StateReader reader = saved.File.Open(name);
                part.Load(reader);
                reader.End();
            }

            Jumped();
        }
        finally
        {
            Resume();
        }
    }

    private const string FeatureSection = "features";

    // All processors of a machine are alike.
    private ProcessorFeatures Features() => ProcessorFeatures.Of(_threads[0].Processor, _wiring.Cpuid);

    private static string NameOf(ProcessorThread thread) => $"processor.{thread.Number}";

    private byte[] SaveParts(IReadOnlyList<MemoryExtent> extents)
    {
        StateFile file = new();
        StateWriter machine = new();
        SavedMachine.WriteMachine(machine, _spec, _wiring.Clock.Now, _wiring.Clock.WallNow - _wiring.Clock.Behind);
        file.Add("machine", machine);
        StateWriter features = new();
        Features().Write(features);
        file.Add(FeatureSection, features);
        StateWriter memory = new();
        SavedMachine.WriteMemory(memory, extents);
        file.Add("memory", memory);

        // Before the APICs: an interrupt that was not delivered goes back to one.
        foreach (ProcessorThread thread in _threads)
        {
            StateWriter processor = new();
            ProcessorState state = thread.Save();
            ProcessorStateFormat.Write(processor, in state);
            file.Add(NameOf(thread), processor);
        }

        foreach ((string name, ISavable part) in _parts)
        {
            StateWriter writer = new();
            part.Save(writer);
            file.Add(name, writer);
        }

        return file.ToArray();
    }
}
