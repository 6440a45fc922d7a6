using Hull.Machine.Board;
using Hull.Machine.Snapshots;
using Hull.Testing;
using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Tests;

/// <summary>A snapshot goes on only where every feature is that its guest was told of, and on a board of its kind.</summary>
public sealed class ProcessorFeaturesTests : IDisposable
{
    private const uint Avx2 = 1 << 5;
    private const uint Sha = 1 << 29;
    private const uint RandomSeed = 1 << 18;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-features-").FullName;
    private readonly ManualClock _clock = new();

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(Avx2 | Sha)]
    [InlineData(Avx2 | Sha | RandomSeed)]
    public void Restore_WhereEverythingIsOffered_Succeeds(uint offered)
    {
        using SafeFileHandle memory = Create("memory");
        SavedMachine saved = Save(BoardModel.Microvm, Avx2 | Sha, memory);
        using VirtualMachine machine = Build(BoardModel.Microvm, offered);

        machine.Restore(saved, memory);
    }

    [Fact]
    public void Restore_WhereFeaturesAreMissing_NamesThem()
    {
        using SafeFileHandle memory = Create("memory");
        SavedMachine saved = Save(BoardModel.Microvm, Avx2 | Sha | (1u << 31), memory);
        using VirtualMachine machine = Build(BoardModel.Microvm, RandomSeed);

        HullException error = Assert.Throws<HullException>(() => machine.Restore(saved, memory));

        Assert.Equal(ErrorKind.FailedPrecondition, error.Kind);
        Assert.Equal(
            "The snapshot's guest uses a processor with 'avx2 sha cpuid-7-0-ebx-31', which this one does not offer; restore it on the kind it was saved on.",
            error.Message);
    }

    [Fact]
    public void Restore_OnAnotherBoard_NamesTheRightOne()
    {
        using SafeFileHandle memory = Create("memory");
        SavedMachine saved = Save(BoardModel.Pc, Avx2, memory);
        using VirtualMachine machine = Build(BoardModel.Microvm, Avx2);

        HullException error = Assert.Throws<HullException>(() => machine.Restore(saved, memory));

        Assert.Equal("The snapshot is of a machine with a board of the kind 'pc'; give it the same.", error.Message);
    }

    [Fact]
    public async Task AlsoOn_ShowsWhatBothHave_AndGoesOnWithEither()
    {
        using SafeFileHandle memory = Create("memory");
        using VirtualMachine first = Build(BoardModel.Microvm, Avx2 | Sha, also: Avx2 | RandomSeed);
        using SafeFileHandle state = Create("state");
        first.Save(state, memory);
        FeaturedProcessor other = new(Avx2 | RandomSeed);
        using VirtualMachine second = new(SpecOf(BoardModel.Microvm), _clock, (_, _) => other);

        second.Restore(SavedMachine.Read(state), memory);
        await second.RunAsync(TestContext.Current.CancellationToken);

        // The guest sees what it was told at first, not the more that is here.
        Assert.Equal(Avx2, other.Seen);
    }

    private static CpuidResult Describe(uint features, uint leaf, uint subleaf) =>
        leaf == 7 && subleaf == 0 ? new CpuidResult(0, features, 0, 0) : default;

    private static MachineSpec SpecOf(BoardModel board, CpuidSource? also = null) =>
        new() { Board = board, Memory = new ByteSize(16 << 20), SerialOutput = new ByteRecorder(), AlsoOn = also };

    private SavedMachine Save(BoardModel board, uint features, SafeFileHandle memory)
    {
        using VirtualMachine machine = Build(board, features);
        using SafeFileHandle state = Create("state");
        machine.Save(state, memory);
        return SavedMachine.Read(state);
    }

    private SafeFileHandle Create(string name) =>
        File.OpenHandle(Path.Combine(_directory, name), FileMode.Create, FileAccess.ReadWrite);

    private VirtualMachine Build(BoardModel board, uint features, uint? also = null) => new(
        SpecOf(board, also is { } other ? (leaf, subleaf) => Describe(other, leaf, subleaf) : null),
        _clock,
        (_, _) => new FeaturedProcessor(features));

    // Looks at what the guest is shown, and ends.
    private sealed class FeaturedProcessor(uint features) : StillProcessor
    {
        internal uint Seen { get; private set; }

        public override CpuidResult DescribeCpuid(uint leaf, uint subleaf) => Describe(features, leaf, subleaf);

        public override ProcessorStop Run(IGuestIo io)
        {
            CpuidResult value = DescribeCpuid(7, 0);
            io.AdjustCpuid(7, 0, ref value);
            Seen = value.Ebx;
            return ProcessorStop.Shutdown;
        }
    }
}
