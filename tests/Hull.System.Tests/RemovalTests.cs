using System.Diagnostics;

namespace Hull.System.Tests;

/// <summary>rm and start of one container at one time: one of them wins, whole.</summary>
public sealed class RemovalTests : IDisposable
{
    private const int Rounds = 8;

    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void RemovalAndStart_AtOnce_OneOfThemWins()
    {
        HullHost.RequireRoot();
        for (int round = 0; round < Rounds; round++)
        {
            _hull.Run("create", "--name", "box", "busybox", "sleep", "1000").Succeeds();

            using Process start = _hull.Start("start", "box");
            using Process remove = _hull.Start("rm", "box");
            string said = start.StandardError.ReadToEnd() + remove.StandardError.ReadToEnd();
            start.WaitForExit();
            remove.WaitForExit();

            Assert.True((start.ExitCode == 0) != (remove.ExitCode == 0), $"start {start.ExitCode}, rm {remove.ExitCode}: {said}");
            Assert.Single(said.TrimEnd('\n').Split('\n'));
            if (start.ExitCode == 0)
            {
                Assert.Equal("running", _hull.Inspect("box", "{{.State.Status}}"));
                _hull.Run("rm", "-f", "box").Succeeds();
            }
        }

        _hull.AssertNothingLeft();
    }
}
