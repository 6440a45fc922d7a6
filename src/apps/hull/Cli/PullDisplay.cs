using Hull.Cli.Commands.Images;
using Hull.Image;

namespace Hull.Cli;

/// <summary>Shows the pull that a <c>run</c> may need; costs nothing when there is none.</summary>
internal sealed class PullDisplay(TextWriter output) : IProgress<TransferEvent>
{
    private readonly Lazy<TransferDisplay> _display = new(() => TransferDisplay.Open(output));

    /// <inheritdoc/>
    public void Report(TransferEvent value) => _display.Value.Report(value);
}
