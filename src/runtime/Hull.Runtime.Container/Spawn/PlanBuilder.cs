using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <summary>Writes a <see cref="SpawnPlan"/> step by step.</summary>
/// <remarks>Not thread-safe. Adding a step invalidates the <see cref="PlanStep"/> of the step before.</remarks>
public sealed class PlanBuilder
{
    /// <summary>Size of one encoded step.</summary>
    public const int StepBytes = 96;

    /// <summary>Stands for the step behind the one that goes there.</summary>
    public static readonly PlanLabel Following = new(int.MaxValue);

    private SpawnStep[] _steps = new SpawnStep[192];
    private ushort[] _subjectOfStep = new ushort[192];
    private PlanSubject[] _subjects = new PlanSubject[32];
    private int[] _labels = new int[64];
    private byte[] _constants = new byte[4096];
    private byte[] _variables = new byte[1024];
    private int[] _inherited = new int[16];
    private int _stepCount;
    private int _subjectCount;
    private int _labelCount = 1;
    private int _constantBytes;
    private int _variableBytes = SpawnLayout.ControlBytes;
    private int _scratchBytes;
    private int _inheritedCount;

    /// <summary>CLONE_NEW* flags that the clone itself gets.</summary>
    public ulong Namespaces { get; set; }

    /// <summary>How many steps there are.</summary>
    public int Count => _stepCount;

    /// <summary>Names what the following steps work on.</summary>
    public void Subject(string pattern, string? first = null, string? second = null)
    {
        if (_subjectCount == _subjects.Length)
        {
            Array.Resize(ref _subjects, _subjectCount * 2);
        }

        _subjects[_subjectCount++] = new PlanSubject(pattern, first, second);
    }

    /// <summary>Adds a system call.</summary>
    public PlanStep Call(
        SystemCall call, PlanValue a0 = default, PlanValue a1 = default, PlanValue a2 = default, PlanValue a3 = default,
        PlanValue a4 = default, PlanValue a5 = default)
    {
        ref SpawnStep step = ref Add(SpawnOperation.Call);
        step.Number = (uint)call;
        step.Argument0 = a0.Bits;
        step.Argument1 = a1.Bits;
        step.Argument2 = a2.Bits;
        step.Argument3 = a3.Bits;
        step.Argument4 = a4.Bits;
        step.Argument5 = a5.Bits;
        step.LoadMask = (a0.IsLoad ? 1u : 0) | (a1.IsLoad ? 2u : 0) | (a2.IsLoad ? 4u : 0) | (a3.IsLoad ? 8u : 0)
            | (a4.IsLoad ? 16u : 0) | (a5.IsLoad ? 32u : 0);
        return new PlanStep(ref step);
    }

    /// <summary>Fails with an error unless the masked eight bytes at an address have a value.</summary>
    public PlanStep Check(ulong address, ulong mask, PlanValue wanted, Errno error)
    {
        ref SpawnStep step = ref Add(SpawnOperation.Check);
        step.Argument0 = address;
        step.Argument1 = mask;
        step.Argument2 = wanted.Bits;
        step.Argument3 = (ulong)error;
        step.LoadMask = wanted.IsLoad ? 4u : 0;
        return new PlanStep(ref step);
    }

    /// <summary>Goes on only if a cell has a value; otherwise to a label.</summary>
    public void Unless(PlanCell cell, ulong value, PlanLabel target) =>
        Check(cell.Address, ulong.MaxValue, value, Errno.Inval).OnError(target);

    /// <summary>Stores a value.</summary>
    public PlanStep Store(ulong address, PlanValue value, int width = 8)
    {
        ref SpawnStep step = ref Add(SpawnOperation.Store);
        step.Argument0 = address;
        step.Argument1 = value.Bits;
        step.Argument2 = (ulong)width;
        step.LoadMask = value.IsLoad ? 2u : 0;
        return new PlanStep(ref step);
    }

    /// <summary>Goes somewhere.</summary>
    public void Jump(PlanLabel target) => Check(SpawnLayout.Variables, 0, 0, Errno.Inval).Then(target);

    /// <summary>Closes the descriptor in a cell.</summary>
    public void Close(PlanCell cell) => Call(SystemCall.Close, cell).IgnoreErrors();

    /// <summary>Makes a label to be placed with <see cref="Mark"/>.</summary>
    public PlanLabel NewLabel()
    {
        if (_labelCount == _labels.Length)
        {
            Array.Resize(ref _labels, _labelCount * 2);
        }

        _labels[_labelCount] = -1;
        return new PlanLabel(_labelCount++);
    }

    /// <summary>Places a label before the next step.</summary>
    public void Mark(PlanLabel label) => _labels[label.Id] = _stepCount;

    /// <summary>Adds a zero-terminated string.</summary>
    /// <returns>Its address.</returns>
    /// <exception cref="HullException">It contains a zero character.</exception>
    public uint Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The string '{text.Replace('\0', '?')}' must not contain a zero character.");
        }

        int most = Encoding.UTF8.GetMaxByteCount(text.Length) + 1;
        Room(ref _constants, _constantBytes, most);
        uint address = SpawnLayout.Constants + (uint)_constantBytes;
        _constantBytes += Encoding.UTF8.GetBytes(text, _constants.AsSpan(_constantBytes));
        _constants[_constantBytes++] = 0;
        return address;
    }

    /// <summary>Adds bytes at an address divisible by eight.</summary>
    /// <returns>Their address.</returns>
    public uint Bytes(ReadOnlySpan<byte> bytes)
    {
        _constantBytes = (_constantBytes + 7) & -8;
        Room(ref _constants, _constantBytes, bytes.Length);
        bytes.CopyTo(_constants.AsSpan(_constantBytes));
        uint address = SpawnLayout.Constants + (uint)_constantBytes;
        _constantBytes += bytes.Length;
        return address;
    }

    /// <summary>Adds a structure made of eight-byte words.</summary>
    /// <returns>Its address.</returns>
    public uint Words(params ReadOnlySpan<ulong> words) => Bytes(MemoryMarshal.AsBytes(words));

    /// <summary>Adds a table of pointers to strings that ends with a null pointer, as execve(2) wants it.</summary>
    /// <returns>Its address.</returns>
    public uint TextTable(IReadOnlyList<string> texts)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ulong[] table = new ulong[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
        {
            table[i] = Text(texts[i]);
        }

        return Words(table);
    }

    /// <summary>Makes a cell.</summary>
    public PlanCell NewCell(ulong value = 0)
    {
        Room(ref _variables, _variableBytes, 8);
        BinaryPrimitives.WriteUInt64LittleEndian(_variables.AsSpan(_variableBytes), value);
        var cell = new PlanCell(SpawnLayout.Variables + (uint)_variableBytes);
        _variableBytes += 8;
        return cell;
    }

    /// <summary>Adds a structure that steps change.</summary>
    /// <returns>Its address, divisible by eight.</returns>
    public uint Variable(ReadOnlySpan<byte> bytes)
    {
        int length = (bytes.Length + 7) & -8;
        Room(ref _variables, _variableBytes, length);
        bytes.CopyTo(_variables.AsSpan(_variableBytes));
        uint address = SpawnLayout.Variables + (uint)_variableBytes;
        _variableBytes += length;
        return address;
    }

    /// <summary>Where steps may leave bytes that are used at once: one buffer for all, at least that large.</summary>
    public uint Scratch(int bytes)
    {
        _scratchBytes = Math.Max(_scratchBytes, bytes);
        return SpawnLayout.Variables + ScratchOffset;
    }

    /// <summary>Keeps a descriptor of the parent open in the new process.</summary>
    /// <returns>Its number.</returns>
    public int Inherit(int descriptor)
    {
        if (_inheritedCount == _inherited.Length)
        {
            Array.Resize(ref _inherited, _inheritedCount * 2);
        }

        _inherited[_inheritedCount++] = descriptor;
        return descriptor;
    }

    /// <summary>Says to which descriptor failures are reported from the start.</summary>
    public void ReportTo(int descriptor) =>
        BinaryPrimitives.WriteInt32LittleEndian(_variables.AsSpan(SpawnLayout.ReportDescriptorOffset), descriptor);

    /// <summary>Finishes the plan.</summary>
    public SpawnPlan Build()
    {
        Span<SpawnStep> steps = _steps.AsSpan(0, _stepCount);
        for (int i = 0; i < steps.Length; i++)
        {
            ref SpawnStep step = ref steps[i];
            step.NextTarget = Resolve(step.NextTarget, i);
            step.OtherTarget = Resolve(step.OtherTarget, i);
            step.ErrorTarget0 = Resolve(step.ErrorTarget0, i);
            step.ErrorTarget1 = Resolve(step.ErrorTarget1, i);
            step.ErrorTarget2 = Resolve(step.ErrorTarget2, i);
        }

        // The scratch buffer begins at a fixed offset, so the cells must have ended before it.
        return _variableBytes > ScratchOffset
            ? throw new HullException(ErrorKind.ResourceExhausted, "The container's configuration needs too many cells in its spawn plan.")
            : new SpawnPlan(
                steps.ToArray(), _subjectOfStep, _subjects, _constants[..Math.Max(_constantBytes, 8)], _variables[.._variableBytes],
                ScratchOffset + _scratchBytes + 8 - _variableBytes, _inherited[.._inheritedCount], Namespaces);
    }

    private const int ScratchOffset = 0x8000;

    private uint Resolve(uint target, int index)
    {
        if (target == 0)
        {
            return 0;
        }

        int step = target == (uint)Following.Id ? index + 1 : _labels[target];
        Debug.Assert(step >= 0 && step < _stepCount, "A label was never placed.");
        return SpawnLayout.Steps + ((uint)step * StepBytes);
    }

    private ref SpawnStep Add(SpawnOperation operation)
    {
        if (_stepCount == _steps.Length)
        {
            Array.Resize(ref _steps, _stepCount * 2);
            Array.Resize(ref _subjectOfStep, _stepCount * 2);
        }

        Debug.Assert(Unsafe.SizeOf<SpawnStep>() == StepBytes, "The machine code knows this size.");
        if (_subjectCount == 0)
        {
            Subject("The new process");
        }

        _subjectOfStep[_stepCount] = (ushort)(_subjectCount - 1);
        ref SpawnStep step = ref _steps[_stepCount++];
        step.Operation = operation;
        return ref step;
    }

    private static void Room(ref byte[] buffer, int used, int wanted)
    {
        if (used + wanted > buffer.Length)
        {
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, used + wanted));
        }
    }
}
