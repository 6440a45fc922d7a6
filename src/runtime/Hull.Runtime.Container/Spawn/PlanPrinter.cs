using System.Globalization;
using System.Text;
using Hull.Linux;

namespace Hull.Runtime.Container.Spawn;

/// <summary>Puts a plan into text for people: <c>hull-oci run --plan</c>, and tests.</summary>
public static class PlanPrinter
{
    /// <summary>One line per step, with a heading for each subject.</summary>
    public static string Print(SpawnPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"clone3 flags=0x{plan.Namespaces:x}, {plan.Steps.Length} steps");
        PlanSubject last = default;
        for (int i = 0; i < plan.Steps.Length; i++)
        {
            PlanSubject subject = plan.SubjectOf(i);
            if (subject != last)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"# {subject}");
                last = subject;
            }

            text.AppendLine(Line(plan, i));
        }

        return text.ToString();
    }

    /// <summary>One step: <c>12  openat2($root, "proc", ...) = $c3; ENOENT: 15</c>.</summary>
    public static string Line(SpawnPlan plan, int index)
    {
        ArgumentNullException.ThrowIfNull(plan);
        SpawnStep step = plan.Steps[index];
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{index,4}  {NameOf(step)}(");
        ReadOnlySpan<ulong> arguments =
            [step.Argument0, step.Argument1, step.Argument2, step.Argument3, step.Argument4, step.Argument5];
        int count = 6;
        while (count > 0 && arguments[count - 1] == 0)
        {
            count--;
        }

        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : ", ").Append(Value(plan, arguments[i], (step.LoadMask & (1u << i)) != 0));
        }

        text.Append(')');
        if (step.Result != 0)
        {
            text.Append(" = ").Append(Cell(step.Result));
        }

        AppendTarget(plan, text, step.Error0, step.ErrorTarget0);
        AppendTarget(plan, text, step.Error1, step.ErrorTarget1);
        AppendTarget(plan, text, step.Error2, step.ErrorTarget2);
        AppendGoto(plan, text, "any error", step.OtherTarget);
        AppendGoto(plan, text, "then", step.NextTarget);
        return text.ToString();
    }

    /// <summary>The name of a step's call or operation.</summary>
    public static string NameOf(SpawnStep step)
    {
        if (step.Operation != SpawnOperation.Call)
        {
            return step.Operation == SpawnOperation.Check ? "check" : "store";
        }

        StringBuilder name = new();
        foreach (char c in ((SystemCall)step.Number).ToString())
        {
            name.Append(char.IsAsciiLetterUpper(c) && name.Length > 0 ? "_" : "").Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }

    private static void AppendTarget(SpawnPlan plan, StringBuilder text, uint error, uint target)
    {
        if (error != 0)
        {
            AppendGoto(plan, text, ((Errno)error).ToString(), target);
        }
    }

    private static void AppendGoto(SpawnPlan plan, StringBuilder text, string when, uint target)
    {
        if (target != 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"; {when}: {plan.IndexOf(target)}");
        }
    }

    private static string Cell(ulong address) =>
        string.Create(CultureInfo.InvariantCulture, $"${(address - SpawnLayout.Variables - SpawnLayout.ControlBytes) / 8}");

    private static string Value(SpawnPlan plan, ulong bits, bool load)
    {
        if (load)
        {
            return Cell(bits);
        }

        if (bits is >= SpawnLayout.Variables and < SpawnLayout.Variables + SpawnLayout.SegmentBytes)
        {
            return "&" + Cell(bits);
        }

        return bits is >= SpawnLayout.Constants and < SpawnLayout.Constants + SpawnLayout.SegmentBytes
            && bits - SpawnLayout.Constants < (ulong)plan.Constants.Length
            ? Constant(plan.Constants[(int)(bits - SpawnLayout.Constants)..])
            : (long)bits is > -4096 and < 1024
                ? ((long)bits).ToString(CultureInfo.InvariantCulture)
                : "0x" + bits.ToString("x", CultureInfo.InvariantCulture);
    }

    private static string Constant(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf((byte)0);
        ReadOnlySpan<byte> text = end < 0 ? bytes : bytes[..end];
        foreach (byte b in text)
        {
            if (b is < 0x20 or 0x7f)
            {
                return "{...}";
            }
        }

        // A structure may begin with a zero byte: what does not read as text is shown as one.
        return text.Length > 0 || bytes.Length < 2 || bytes[1] != 0 ? "\"" + Encoding.UTF8.GetString(text) + "\"" : "{...}";
    }
}
