using Hull.Engine.Tasks;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Supervision;

namespace Hull.Engine.Tests;

/// <summary>A supervisor answers while a start takes its time, and while a guest does not answer.</summary>
public sealed class SupervisorStartTests : IDisposable
{
    private const string Id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-start-").FullName;
    private readonly SlowRuntime _runtime = new();
    private readonly TaskConnection _starter;
    private readonly Supervisor _supervisor;
    private readonly Thread _loop;
    private int _code = -1;

    public SupervisorStartTests()
    {
        TaskOrders orders = new()
        {
            Id = Id,
            Name = "box",
            RuntimeRoot = _directory,
            Socket = Path.Combine(_directory, "socket", "task.sock"),
            EventsFile = Path.Combine(_directory, "events"),
            Spec = new RuntimeSpec(),
            Root = new RootFilesystem { Path = "/" },
            Log = new LogOrders { Path = Path.Combine(_directory, "log") },
            Restart = new RestartOrders { Kind = RestartKind.Always },
        };
        Directory.CreateDirectory(Path.GetDirectoryName(orders.Socket)!);
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        _starter = new TaskConnection(near);
        _supervisor = new Supervisor(_runtime, _directory, orders, far, TimeProvider.System);
        _loop = new Thread(() => _code = _supervisor.Run());
        _loop.Start();
        _starter.TryAttach(AttachFlags.Output);
        _starter.TrySend(FrameKind.Start);
        _runtime.Asked.Wait(TestContext.Current.CancellationToken);
    }

    private TaskRecord Record => TaskFiles.ReadRecord(_directory);

    public void Dispose()
    {
        _runtime.Kill();
        _starter.Dispose();
        _loop.Join();
        _supervisor.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public void Start_ThatTakesItsTime_IsAnsweredOnceItIsOver()
    {
        _runtime.Complete();

        Assert.True(_starter.TryAwaitAnswer());

        Assert.Equal(TaskState.Running, Record.State);
        Ask(FrameKind.Signal, 9);
        Assert.Equal(137, ExitCode());
    }

    [Theory]
    [InlineData(FrameKind.Stop, 15, 143)]
    [InlineData(FrameKind.Stop, 9, 137)]
    [InlineData(FrameKind.Signal, 9, 137)]
    [InlineData(FrameKind.Signal, 2, 130)]
    public void End_WhileItStarts_GivesTheStartUp_ForGood(FrameKind kind, int signal, int code)
    {
        if (kind == FrameKind.Stop)
        {
            Ask(kind, 60, signal);
        }
        else
        {
            Ask(kind, signal);
        }

        TaskStartException failure = Assert.Throws<TaskStartException>(() => _starter.TryAwaitAnswer());
        _loop.Join();
        Assert.Equal(code, failure.ExitCode);
        Assert.Equal(code, _code);
        Assert.Equal("The container 'box' was ended while it was starting.", failure.Message);
        Assert.Equal((TaskState.Exited, code, true, 0), (Record.State, Record.ExitCode, Record.StoppedByUser, Record.SupervisorPid));
        Assert.True(_runtime.WasCancelled);
        Assert.Contains("\"die\"", File.ReadAllText(Path.Combine(_directory, "events")), StringComparison.Ordinal);
    }

    [Fact]
    public void Attach_ThatWantsToKnow_IsAnsweredByAnEmptyFrame()
    {
        using var follower = TaskConnection.TryConnect(Path.Combine(_directory, "socket", "task.sock"));
        Assert.NotNull(follower);
        Assert.True(follower.TryAttach(AttachFlags.Output | AttachFlags.Announced));

        Assert.True(follower.TryReceive(out FrameKind kind, out ReadOnlyMemory<byte> payload));

        Assert.Equal((FrameKind.Output, 0), (kind, payload.Length));
    }

    [Fact]
    public void Interrupt_OfTheStarterItself_IsAnsweredByTheStartsFailureAlone()
    {
        _starter.TrySend(FrameKind.Signal, 2);

        Assert.Equal(130, Assert.Throws<TaskStartException>(() => _starter.TryAwaitAnswer()).ExitCode);
    }

    [Theory]
    [InlineData(FrameKind.Pause)]
    [InlineData(FrameKind.Resume)]
    [InlineData(FrameKind.Signal, 28)]
    public void Request_ThatNeedsTheProgram_IsRefusedWhileItStarts(FrameKind kind, params int[] numbers)
    {
        HullException refused = Assert.ThrowsAny<HullException>(() => Ask(kind, numbers));

        Assert.Equal("The container 'box' is still starting.", refused.Message);
        Assert.Equal(TaskState.Created, Record.State);
    }

    [Fact]
    public void Stop_WhenTheGuestDoesNotAnswer_StillEndsInAKill()
    {
        _runtime.Complete();
        Assert.True(_starter.TryAwaitAnswer());
        _runtime.IsDeaf = true;

        Ask(FrameKind.Stop, 0, 15);

        Assert.Equal(137, ExitCode());
        Assert.Equal(TaskState.Exited, Record.State);
    }

    [Fact]
    public void Stop_OfProgramThatHasJustEnded_IsToldTheEnd()
    {
        _runtime.Complete();
        Assert.True(_starter.TryAwaitAnswer());
        _runtime.IsOver = true;

        Ask(FrameKind.Stop, 0, 15);

        Assert.Equal(137, ExitCode());
    }

    [Fact]
    public void Requests_ThatAreNotAnswered_AreBounded_AndDoNotKeepOthersWaiting()
    {
        _runtime.Complete();
        Assert.True(_starter.TryAwaitAnswer());
        _runtime.IsDeaf = true;
        using TaskConnection client = TaskConnection.TryConnect(Path.Combine(_directory, "socket", "task.sock"))!;
        for (int i = 0; i < 33; i++)
        {
            client.TrySend(FrameKind.Signal, 10);
        }

        HullException refused = Assert.ThrowsAny<HullException>(() => client.TryAwaitAnswer());

        Assert.Contains("has not answered 32 requests", refused.Message, StringComparison.Ordinal);
        Ask(FrameKind.Stop, 0, 9);
        Assert.Equal(137, ExitCode());
    }

    private void Ask(FrameKind kind, params int[] numbers)
    {
        using TaskConnection client = TaskConnection.TryConnect(Path.Combine(_directory, "socket", "task.sock"))!;
        client.TrySend(kind, numbers);
        Assert.True(client.TryAwaitAnswer());
    }

    private int ExitCode()
    {
        while (_starter.TryReceive(out FrameKind kind, out ReadOnlyMemory<byte> payload))
        {
            if (kind == FrameKind.Exited)
            {
                return TaskConnection.ExitCodeOf(payload.Span);
            }
        }

        return -1;
    }
}
