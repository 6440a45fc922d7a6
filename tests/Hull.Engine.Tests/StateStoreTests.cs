using Hull.Engine.Settings;
using Hull.Engine.State;
using Hull.Supervision;

namespace Hull.Engine.Tests;

public sealed class StateStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hull-state-").FullName;

    private string DatabasePath => Path.Combine(_directory, "hull.db");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Add_ThenReopen_FindsTheContainerWithItsSettings()
    {
        using (StateStore store = new(DatabasePath))
        {
            store.Add(Row("web") with { Settings = new ContainerSettings { Command = ["a", "b"], AutoRemove = true } });
        }

        using StateStore again = new(DatabasePath);
        ContainerRow? found = again.Find("web");

        Assert.Equal(["a", "b"], found?.Settings.Command);
        Assert.True(found?.Settings.AutoRemove);
    }

    [Fact]
    public void Add_WithTakenName_SaysWhoHasIt()
    {
        using StateStore store = new(DatabasePath);
        ContainerRow first = Row("web");
        store.Add(first);

        HullException error = Assert.Throws<HullException>(() => store.Add(Row("web")));

        Assert.Equal(ErrorKind.AlreadyExists, error.Kind);
        Assert.Contains(first.Id[..12], error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_ByBeginningOfTwo_IsRefused()
    {
        using StateStore store = new(DatabasePath);
        store.Add(Row("a") with { Id = "ab" + new string('0', 62) });
        store.Add(Row("b") with { Id = "ab" + new string('1', 62) });

        Assert.Throws<HullException>(() => store.Find("ab"));
        Assert.Equal("b", store.Find("ab1")?.Name);
    }

    [Fact]
    public void Creating_WhoseMakerDied_IsListedAsUnfinishedAndMayBeRemoved()
    {
        using StateStore store = new(DatabasePath);
        ContainerRow row = Row("half") with { Phase = ContainerPhase.Creating, OwnerPid = int.MaxValue, OwnerStart = 1 };
        store.Add(row);

        ContainerRow unfinished = Assert.Single(store.ListUnfinished());

        Assert.False(StateStore.OwnerLives(unfinished));
        Assert.True(store.TryBeginRemoval(row.Id));
        Assert.Empty(store.List());
    }

    [Fact]
    public void Volume_InUse_IsNotRemoved()
    {
        using StateStore store = new(DatabasePath);
        ContainerRow row = Row("user");
        store.Add(row);
        store.TryAddVolume(new VolumeRow { Name = "data", Created = DateTimeOffset.UnixEpoch });
        store.Complete(row.Id, ["data"]);

        Assert.False(store.TryRemoveVolume("data"));
        store.Remove(row.Id);
        Assert.True(store.TryRemoveVolume("data"));
    }

    [Fact]
    public void Open_OfNewerDatabase_IsRefused()
    {
        using (StateStore store = new(DatabasePath))
        {
        }

        using (Database database = Database.Open(DatabasePath))
        {
            database.Execute("PRAGMA user_version=9999");
        }

        HullException error = Assert.Throws<HullException>(() => new StateStore(DatabasePath));
        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
    }

    [Fact]
    public void Open_OfGarbage_SaysThatItIsDamaged()
    {
        File.WriteAllBytes(DatabasePath, new byte[8192].Select(_ => (byte)'x').ToArray());

        HullException error = Assert.Throws<HullException>(() => new StateStore(DatabasePath));
        Assert.Equal(ErrorKind.DataLoss, error.Kind);
    }

    [Fact]
    public async Task Add_FromManyConnections_LosesNothing()
    {
        using (StateStore store = new(DatabasePath))
        {
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            using StateStore store = new(DatabasePath);
            for (int i = 0; i < 10; i++)
            {
                store.Add(Row($"c{worker}-{i}"));
            }
        })));

        using StateStore all = new(DatabasePath);
        Assert.Equal(80, all.List().Count);
    }

    [Fact]
    public void Files_OfATask_ComeBackAsTheyWere()
    {
        TaskRecord record = new() { State = TaskState.Exited, ExitCode = 7, Health = new HealthRecord { Status = HealthRecord.Healthy } };

        TaskFiles.WriteRecord(_directory, record);

        Assert.Equal((7, TaskState.Exited, "healthy"), (TaskFiles.ReadRecord(_directory).ExitCode, TaskFiles.ReadRecord(_directory).State, TaskFiles.ReadRecord(_directory).Health?.Status));
    }

    private static ContainerRow Row(string name) => new()
    {
        Id = ContainerId.NewRandom().ToString(),
        Name = name,
        Image = "busybox",
        ImageId = "sha256:0",
        Created = DateTimeOffset.UnixEpoch,
        Settings = new ContainerSettings(),
    };
}
