using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <summary>Everything a new process does before it becomes the user's program: kernel steps as plain data.</summary>
/// <remarks>Made by <see cref="PlanBuilder"/>; run by <see cref="SpawnImage"/>.</remarks>
public sealed class SpawnPlan
{
    private readonly SpawnStep[] _steps;
    private readonly ushort[] _subjects;
    private readonly PlanSubject[] _names;
    private readonly byte[] _constants;
    private readonly byte[] _variables;
    private readonly int[] _inherited;

    internal SpawnPlan(
        SpawnStep[] steps, ushort[] subjects, PlanSubject[] names, byte[] constants, byte[] variables, int scratchBytes,
        int[] inherited, ulong namespaces)
    {
        _steps = steps;
        _subjects = subjects;
        _names = names;
        _constants = constants;
        _variables = variables;
        ScratchBytes = scratchBytes;
        _inherited = inherited;
        Namespaces = namespaces;
    }

    /// <summary>The steps, with every target resolved.</summary>
    public ReadOnlySpan<SpawnStep> Steps => _steps;

    /// <summary>Strings and structures.</summary>
    public ReadOnlySpan<byte> Constants => _constants;

    /// <summary>What cells hold at first.</summary>
    public ReadOnlySpan<byte> Variables => _variables;

    /// <summary>Zero bytes behind <see cref="Variables"/>.</summary>
    public int ScratchBytes { get; }

    /// <summary>Descriptors of the parent that the process keeps.</summary>
    public ReadOnlySpan<int> Inherited => _inherited;

    /// <summary>CLONE_NEW* flags of the clone itself.</summary>
    public ulong Namespaces { get; }

    /// <summary>What the step works on.</summary>
    public PlanSubject SubjectOf(int step) => _names[_subjects[step]];

    /// <summary>Builds and seals the image that runs this plan.</summary>
    public SpawnImage Seal() => SpawnImage.Seal(_constants, _steps, _variables, ScratchBytes);

    /// <summary>The step that a failure report names by its address; -1 for none.</summary>
    public int IndexOf(ulong address)
    {
        ulong offset = address - SpawnLayout.Steps;
        return offset % PlanBuilder.StepBytes == 0 && offset / PlanBuilder.StepBytes < (ulong)_steps.Length
            ? (int)(offset / PlanBuilder.StepBytes)
            : -1;
    }
}
