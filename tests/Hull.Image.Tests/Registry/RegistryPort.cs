using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Hull.Image.Tests;

/// <summary>Learns from Debian's registry which port the kernel gave it: one chosen before it starts may be somebody else's by then.</summary>
internal static partial class RegistryPort
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Reads what a registry at <c>127.0.0.1:0</c> logs (level info) until it says where it listens, and the rest as it comes.</summary>
    internal static async Task<int> AwaitAsync(Process registry)
    {
        TaskCompletionSource<int> port = new(TaskCreationOptions.RunContinuationsAsynchronously);
        StringBuilder said = new();
        void Read(object? sender, DataReceivedEventArgs line)
        {
            if (line.Data is null)
            {
                port.TrySetException(new InvalidOperationException($"The registry does not start: {said}"));
            }
            else if (!port.Task.IsCompleted)
            {
                said.AppendLine(line.Data);
                Match match = Listening().Match(line.Data);
                if (match.Success)
                {
                    port.TrySetResult(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
                }
            }
        }

        registry.ErrorDataReceived += Read;
        registry.OutputDataReceived += (_, _) => { };
        registry.BeginErrorReadLine();
        registry.BeginOutputReadLine();
        return await port.Task.WaitAsync(s_patience);
    }

    [GeneratedRegex(@"listening on 127\.0\.0\.1:([0-9]+)")]
    private static partial Regex Listening();
}
