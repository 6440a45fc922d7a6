using System.Text;
using Hull.Image;

namespace Hull.Cli.Commands.Images;

/// <summary>Shows a transfer: bars that move on a terminal, one line a finished step elsewhere.</summary>
internal abstract class TransferDisplay(TextWriter output) : IProgress<TransferEvent>, IDisposable
{
    private readonly Lock _gate = new();
    private bool _moved;

    /// <summary>Whether no byte had to be transferred.</summary>
    internal bool TransferredNothing => !_moved;

    protected TextWriter Output { get; } = output;

    internal static TransferDisplay Open(TextWriter output) =>
        Console.IsOutputRedirected ? new TransferLines(output) : new TransferBars(output);

    /// <summary>Called from several threads.</summary>
    public void Report(TransferEvent value)
    {
        lock (_gate)
        {
            _moved |= value.Stage is TransferStage.Downloading or TransferStage.Uploading or TransferStage.Complete or TransferStage.Mounted;
            if (value.Content is not null)
            {
                Show(value);
            }
        }
    }

    /// <summary>Prints a line above everything that follows.</summary>
    internal void Line(string text)
    {
        Output.WriteLine(text);
        Output.Flush();
    }

    public virtual void Dispose()
    {
        lock (_gate)
        {
            Output.Flush();
        }
    }

    protected abstract void Show(TransferEvent value);

    /// <summary>Twelve digits stand for a layer, as Docker shows it.</summary>
    protected static string IdOf(TransferEvent value) => value.Content?.Hex[..12] ?? "";

    protected static string WordOf(TransferEvent value) => value.Stage switch
    {
        TransferStage.Waiting => "Waiting",
        TransferStage.Downloading => "Downloading",
        TransferStage.Uploading => "Pushing",
        TransferStage.Retrying => $"Retrying ({value.Detail})",
        TransferStage.Exists => "Already exists",
        TransferStage.Mounted => "Mounted from another repository",
        TransferStage.Complete => "Complete",
        _ => "",
    };
}

/// <summary>One line for each step that says something new.</summary>
internal sealed class TransferLines(TextWriter output) : TransferDisplay(output)
{
    protected override void Show(TransferEvent value)
    {
        if (value.Stage is TransferStage.Retrying or TransferStage.Exists or TransferStage.Mounted or TransferStage.Complete)
        {
            Line($"{IdOf(value)}: {WordOf(value)}");
        }
    }
}

/// <summary>One bar a layer, drawn again at most ten times a second.</summary>
internal sealed class TransferBars(TextWriter output) : TransferDisplay(output)
{
    private const int BarWidth = 40;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    private readonly List<string> _order = [];
    private readonly Dictionary<string, TransferEvent> _state = new(StringComparer.Ordinal);
    private long _drawn;
    private int _lines;

    public override void Dispose()
    {
        Draw();
        base.Dispose();
    }

    protected override void Show(TransferEvent value)
    {
        string id = IdOf(value);
        bool isNew = !_state.ContainsKey(id);
        if (isNew)
        {
            _order.Add(id);
        }

        _state[id] = value;
        bool isStep = value.Stage is not (TransferStage.Downloading or TransferStage.Uploading);
        if (isNew || isStep || TimeProvider.System.GetElapsedTime(_drawn) > s_pause)
        {
            Draw();
        }
    }

    // Terminals without enough lines scroll: the bars above are drawn once more and stay as they were, which does no harm.
    private void Draw()
    {
        StringBuilder text = new();
        if (_lines > 0)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\u001b[{_lines}A");
        }

        foreach (string id in _order)
        {
            text.Append("\r\u001b[2K").Append(id).Append(": ").Append(Bar(_state[id])).Append('\n');
        }

        _lines = _order.Count;
        _drawn = TimeProvider.System.GetTimestamp();
        Output.Write(text);
        Output.Flush();
    }

    private static string Bar(TransferEvent value)
    {
        if (value.Stage is not (TransferStage.Downloading or TransferStage.Uploading) || value.Total == 0)
        {
            return WordOf(value);
        }

        int filled = (int)(value.Current * BarWidth / value.Total);
        string bar = new string('=', filled) + (filled < BarWidth ? ">" : "");
        return $"{WordOf(value),-11} [{bar.PadRight(BarWidth)}] {new ByteSize(value.Current).ToDecimalString()}/{new ByteSize(value.Total).ToDecimalString()}";
    }
}
